"""Figures to be drawn: a round day by day on both stores, money of the works, what is open now."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from deliberate.db import Database
from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.consent import Answer
from deliberate.domain.round import TallyVisibility
from deliberate.domain.rules import CC278_ORD, RC80, Electorate
from deliberate.queries import figures, front, progress, rounds
from deliberate.services import building_counts, clockwork, consents
from deliberate.services.building_counts import LANES
from tests import make
from tests.make import Clock
from tests.make_round import KEY, OpenRound, open_round, say


class _Undone(Exception):
    """Something was wrong with it after all."""


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
    with both.reading() as session:
        shown = figures.days_of(session, at.round, now=start + timedelta(days=2))
        first = day_in_beijing(start)
        assert [(one.day, one.new, one.answered, one.agree) for one in shown] == [
            (first, 11, 11, 10),
            (first + timedelta(days=1), 1, 12, None),
            (first + timedelta(days=2), 0, 12, None),
        ]


def test_who_takes_an_answer_back_leaves_the_day_on_which_it_came(both: Database) -> None:
    with both.transaction() as tx:
        session, start = tx.session, tx.now
        at = open_round(session, 12)
        next_day = start + timedelta(days=1)
        for entry in at.entries[:3]:
            say(session, at, entry, Answer.AGREE, now=start)
        say(session, at, at.entries[0], Answer.DISAGREE, now=next_day)
        member = make.actor(session, make.resident(session, at.homes[1], as_owner=True))
        consents.withdraw(session, member, at.entries[1].id, request_id="back", key=KEY, now=next_day)
    with both.reading() as session:
        shown = figures.days_of(session, at.round, now=next_day)
        assert [(one.new, one.answered) for one in shown] == [(2, 2), (0, 2)]
        assert progress.of_round(session, at.round.id).answered == 2


def test_what_is_undone_moves_no_count(both: Database) -> None:
    with both.transaction() as tx:
        at = open_round(tx.session, 12)
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        with suppress(_Undone), building_counts.savepoint(tx.session):
            say(tx.session, at, at.entries[1], Answer.AGREE, now=tx.now)
            raise _Undone
        say(tx.session, at, at.entries[2], Answer.AGREE, now=tx.now)
    with both.reading() as session:
        assert progress.of_round(session, at.round.id).answered == 2
        assert [one.answered for one in figures.days_of(session, at.round, now=tx.now)] == [2]


def test_as_many_that_come_as_go_make_the_page_of_a_round_another(both: Database) -> None:
    with both.transaction() as tx:
        at, start = open_round(tx.session, 1, buildings=LANES + 1), tx.now
        say(tx.session, at, at.entries[0], Answer.AGREE, now=start)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0], as_owner=True))
    versions = [_version(both, at)]
    with both.transaction() as tx:
        consents.withdraw(tx.session, member, at.entries[0].id, request_id="back", key=KEY, now=start)
        say(
            tx.session, at, at.entries[LANES], Answer.AGREE, now=start
        )  # of another building of the same lane
    versions.append(_version(both, at))
    with both.transaction() as tx:
        say(tx.session, at, at.entries[LANES], Answer.DISAGREE, now=start)
    versions.append(_version(both, at))
    assert versions[0] != versions[1] == versions[2]


def test_an_owner_who_answers_makes_the_page_of_a_round_another(both: Database) -> None:
    with both.transaction() as tx:
        at = open_round(tx.session, 12, RC80, CC278_ORD)
    before = _version(both, at)
    with both.transaction() as tx:
        owner = next(entry for entry in at.entries if entry.electorate is Electorate.OWNER)
        say(tx.session, at, owner, Answer.AGREE, now=tx.now)
    with both.reading() as session:
        assert _version(both, at) != before
        assert [one.new for one in figures.days_of(session, at.round, now=tx.now)] == [0]


def _version(store: Database, at: OpenRound) -> tuple[Any, ...] | None:
    with store.reading() as session:
        return rounds.version(session, at.community.id, at.round.id, now=store.clock())


def test_a_sealed_round_shows_no_consents(both: Database) -> None:
    with both.transaction() as tx:
        at = open_round(tx.session, 12)
        assert at.round.tally_visibility is TallyVisibility.SEALED
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
    with both.reading() as session:
        assert {one.agree for one in figures.days_of(session, at.round, now=tx.now)} == {None}
        (now,) = front.open_now(session, at.community.id, now=tx.now)
        assert (now.sealed, now.answered, now.need, now.mark) == (True, 1, 10, "80%")
        until = at.round.answer_until
        assert until is not None
        assert front.open_now(session, at.community.id, now=until) == []
        assert figures.works(session, at.community.id) == []
