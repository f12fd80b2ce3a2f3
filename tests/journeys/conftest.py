"""The hall in which a round is counted."""

from collections.abc import Callable

import pytest

from deliberate.db import Database
from tests import make_count
from tests.app import SignIn
from tests.journeys.counting_hall import Hall
from tests.make import Clock


@pytest.fixture
def hall(database: Database, signed_in: SignIn, clock: Clock) -> Callable[..., Hall]:
    """`hall(10, 8)`: ten households, eight agree, every clock has run."""

    def build(number: int, agree: int, disagree: int = 0, on_paper: int = 1) -> Hall:
        return Hall(
            database,
            signed_in,
            clock,
            lambda tx: make_count.over(
                make_count.answered(tx, number, agree, disagree, on_paper=on_paper), tx, clock
            ),
        )

    return build
