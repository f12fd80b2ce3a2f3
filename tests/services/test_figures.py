"""Figures to be drawn: a round day by day on both stores, money of the works, what is open now."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from deliberate.db import Database
from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.consent import Answer
from deliberate.domain.round import TallyVisibility
from deliberate.queries import figures, front
from deliberate.services import clockwork
from tests.make import Clock
from tests.make_round import open_round, say


@pytest.fixture
def both(migrated_url: str, clock: Clock) -> Iterator[Database]:
    store = Database(migrated_url, clock)
    yield store
    store.dispose()


def test_days_add_up_to_what_has_answered_and_show_consents_only_as_published(both: Database) -> None:
    with both.transaction() as tx:
        session, start = tx.session, tx.now
        at = open_round(session, 40)
        for entry in at.entries[:10]:
            say(session, at, entry, Answer.AGREE, now=start)
        assert clockwork.take_snapshot(session, at.round.id, now=start) is not None
        late = start.replace(hour=15, minute=59)  # 23:59 in Beijing
        say(session, at, at.entries[10], Answer.DISAGREE, now=late)
        say(session, at, at.entries[11], Answer.AGREE, now=late + timedelta(minutes=2))
        shown = figures.days_of(session, at.round, now=start + timedelta(days=2))
        first = day_in_beijing(start)
        assert [(one.day, one.new, one.answered, one.agree) for one in shown] == [
            (first, 11, 11, 10),
            (first + timedelta(days=1), 1, 12, None),
            (first + timedelta(days=2), 0, 12, None),
        ]


def test_a_sealed_round_shows_no_consents(both: Database) -> None:
    with both.transaction() as tx:
        at = open_round(tx.session, 12)
        assert at.round.tally_visibility is TallyVisibility.SEALED
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        assert {one.agree for one in figures.days_of(tx.session, at.round, now=tx.now)} == {None}
        (now,) = front.open_now(tx.session, at.community.id, now=tx.now)
        assert (now.sealed, now.answered, now.need, now.mark) == (True, 1, 10, "80%")
        until = at.round.answer_until
        assert until is not None
        assert front.open_now(tx.session, at.community.id, now=until) == []
        assert figures.works(tx.session, at.community.id) == []
