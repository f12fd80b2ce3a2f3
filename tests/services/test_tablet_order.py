"""Any order and any repetition of what a tablet sends leads to the same state.

The tablet's evening is made once: doors with papers, a wrong answer and its correction, a photograph that
follows, a paper that replaces another, two papers that differ, a record that breaks a rule. Hypothesis chooses
in which batches, in which order and how often its records and pieces arrive.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.serial import printed
from deliberate.models import Consent, EntryStanding, TabletRecord, Visit
from tests.app import new_app
from tests.make import Clock
from tests.make_tablet import Tablet, photo

Deliver = Callable[[Tablet], Any]


@pytest.fixture
def tablet_store_kind() -> str:
    return "sqlite"


def made(tablet: Tablet) -> list[Any]:
    """Ten records of one evening, by the order in which they were sealed."""
    entry = tablet.at.entries
    first = tablet.answered(entry[0], Answer.AGREE, 1)
    wrong = tablet.answered(entry[1], Answer.AGREE, 2)
    right = tablet.door(
        entry[1].household_id,
        tablet.visit(),
        [tablet.form({entry[1]: Answer.DISAGREE}, 2)],
        kind="correction",
        supersedes=wrong["record_id"],
        reason="看错了",
    )
    replacing = tablet.door(
        entry[0].household_id,
        tablet.visit(),
        [tablet.form({entry[0]: Answer.ABSTAIN}, 3, replaces=[printed(1)])],
    )
    promised = tablet.form({entry[2]: Answer.AGREE}, 4, photo_follows=True, evidence=[])
    later = tablet.door(entry[2].household_id, tablet.visit(), [promised])
    shown = [tablet.show("photo", photo(40))]
    follows = tablet.seal("supplement", about=later["record_id"], serial=printed(4), evidence=shown)
    return [
        first,
        wrong,
        right,
        replacing,
        later,
        follows,
        tablet.answered(entry[3], Answer.AGREE, 5),
        tablet.answered(entry[3], Answer.DISAGREE, 6),
        tablet.door(entry[4].household_id, tablet.visit("not_home")),
        tablet.door(99_999, tablet.visit("not_home")),
    ]


def state(store: Database) -> dict[str, Any]:
    """Everything that counts, without the numbers that tell the order of arrival."""
    with store.reading() as session:
        records = session.execute(
            select(
                TabletRecord.record_id, TabletRecord.verdict, TabletRecord.reason, TabletRecord.replaced_by
            )
        )
        standings = session.execute(select(EntryStanding.roll_entry_id, EntryStanding.standing))
        papers = session.execute(select(Consent.roll_entry_id, Consent.deed, Consent.answer, Consent.serial))
        visits = session.execute(select(Visit.request_id, Visit.outcome))
        return {
            "records": sorted(map(tuple, records), key=str),
            "standings": sorted(map(tuple, standings)),
            "papers": sorted(map(tuple, papers), key=str),
            "visits": sorted(map(tuple, visits)),
            "twice": session.scalar(
                select(func.count()).select_from(
                    select(TabletRecord.record_id)
                    .group_by(TabletRecord.record_id)
                    .having(func.count() > 1)
                    .subquery()
                )
            ),
        }


@pytest.fixture
def evening(tablet: Tablet, tablet_store: Database, tmp_path: Path) -> Callable[[list[Any]], dict[str, Any]]:
    """`evening(steps)`: the state after these steps, and after all that was left was delivered in the end."""
    records, pieces = made(tablet), list(tablet.pictures.values())
    tablet_store.dispose()
    untouched = Path(tablet_store.url.removeprefix("sqlite:///"))
    shutil.copyfile(untouched, tmp_path / "untouched.db")
    now = tablet.clock()
    numbers = iter(range(10**6))

    def run(steps: list[list[int]]) -> dict[str, Any]:
        folder = tmp_path / f"run{next(numbers)}"
        folder.mkdir()
        shutil.copyfile(tmp_path / "untouched.db", folder / "store.db")
        store = Database(f"sqlite:///{folder / 'store.db'}", Clock(now))
        tablet.http = new_app(store, folder).test_client()
        for step in steps:
            tablet.sync(*(records[n] for n in step if n < len(records)))
            for n in step:
                if n >= len(records):
                    tablet.send(pieces[(n - len(records)) % len(pieces)])
        for piece in pieces:
            tablet.send(piece)
        tablet.sync(*records)
        found = state(store)
        store.dispose()
        shutil.rmtree(folder)
        return found

    return run


STEPS = st.lists(st.lists(st.integers(0, 17), max_size=6), max_size=8)


def hold(evening: Callable[[list[Any]], dict[str, Any]], examples: int) -> None:
    expected = evening([[n] for n in range(10)])
    assert expected["twice"] == 0
    assert len(expected["standings"]) == 4
    verdicts = [str(verdict) for _, verdict, *_ in expected["records"]]
    assert (verdicts.count("accepted"), verdicts.count("quarantined")) == (9, 1)

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(STEPS)
    def any_order(steps: list[list[int]]) -> None:
        assert evening(steps) == expected

    any_order()


def test_any_order_and_repetition_gives_the_same_state(evening: Any) -> None:
    """A small sample; the sweep is marked."""
    hold(evening, 2)


@pytest.mark.whole
def test_any_order_and_repetition_gives_the_same_state_in_many_evenings(evening: Any) -> None:
    hold(evening, 100)
