"""`deliberate worker --once`: what is due in every open round."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner

from deliberate.cli import main
from deliberate.commands import worker
from deliberate.db import Database, Transaction
from deliberate.domain.round import RoundStatus
from deliberate.models import ConsentRound
from tests.make import Clock
from tests.make_round import open_round

Begin = Callable[[], AbstractContextManager[Transaction]]


def test_a_look_begins_to_count_what_is_over_and_leaves_the_rest(
    database: Database, transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        short, long = open_round(tx.session, 12, days=5), open_round(tx.session, 13, days=9)
    assert worker.look(database) == 2
    clock.forward(days=6)
    assert worker.look(database) == 2
    with transaction() as tx:
        found = [tx.session.get_one(ConsentRound, one.round.id).status for one in (short, long)]
    assert found == [RoundStatus.COUNTING, RoundStatus.OPEN]
    assert worker.look(database) == 1


def test_once_looks_and_leaves(
    database: Database, transaction: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
    monkeypatch.setenv("DELIBERATE_DATABASE_URL", database.url)
    monkeypatch.setenv("DELIBERATE_INSTANCE_DIR", str(tmp_path))
    result = CliRunner().invoke(main, ["worker", "--once"])
    assert result.exit_code == 0
    assert "looked at 1 open rounds" in result.stderr
    with transaction() as tx:
        assert tx.session.get_one(ConsentRound, at.round.id).status is RoundStatus.COUNTING
