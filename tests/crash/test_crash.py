"""Kills under load: one in the ordinary tests, 30 when whole, 300 by `scripts/crash.py`; and that the verdict sees."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer
from deliberate.models import Consent
from tests.crash.load import Said
from tests.crash.run import RUNS
from tests.crash.verdict import faults
from tests.make_round import open_round, say

Begin = Callable[[], AbstractContextManager[Transaction]]
ON_POSTGRES = pytest.mark.postgres


@pytest.mark.slow
@pytest.mark.whole
def test_one_kill_loses_and_doubles_nothing() -> None:
    figures = RUNS["app_on_sqlite"](1, lambda _: None)
    assert figures.faults == ()
    assert figures.acknowledged > 0


@pytest.mark.whole
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if "sqlite" in name else ON_POSTGRES) for name in RUNS]
)
def test_ten_kills_of_each_lose_and_double_nothing(name: str) -> None:
    figures = RUNS[name](10, lambda _: None)
    assert figures.faults == ()
    assert figures.under_way > 0


def test_the_verdict_sees_what_was_lost_changed_or_never_sent(database: Database, transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        for entry, answer in ((at.entries[0], Answer.AGREE), (at.entries[1], Answer.DISAGREE)):
            say(tx.session, at, entry, answer, now=tx.now, tag="x")
        kept = tx.session.query(Consent).order_by(Consent.id).all()
    said = [Said(one.roll_entry_id, str(one.answer), one.request_id, one.id) for one in kept]
    assert faults(database, said) == []
    lost = Said(at.entries[2].id, "agree", "lost", 999)
    on_its_way = replace(lost, request_id="on its way", consent_id=None)
    assert faults(database, [*said, on_its_way]) == []
    for wrong, word in (
        ([*said, lost], "is lost"),
        ([said[0]], "never sent"),
        ([replace(said[0], answer="abstain"), said[1]], "stored as agree"),
        ([replace(said[0], consent_id=77), said[1]], "acknowledged as 77"),
        ([*said, replace(said[0], request_id="later", answer="disagree")], "stands as agree"),
    ):
        assert any(word in fault for fault in faults(database, wrong)), word
