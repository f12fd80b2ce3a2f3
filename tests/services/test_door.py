"""One door in one go, on both stores: the visit and its papers together or not at all."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from deliberate.db import Database, Lock
from deliberate.domain.canvass import Answered, Unwelcome
from deliberate.domain.consent import Answer
from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.permissions import Actor
from deliberate.domain.round import Relation, VisitOutcome
from deliberate.domain.serial import printed
from deliberate.models import Consent, Visit
from deliberate.queries import crews, doors, walks
from deliberate.services.answerable import NotNow
from deliberate.services.door import Said, SignedForm, seal_door
from deliberate.services.visits import VisitNote
from tests import make
from tests.make import Clock
from tests.make_round import KEY, PHOTO, OpenRound, another_matter, open_round


@pytest.fixture
def store(migrated_url: str, clock: Clock) -> Iterator[Database]:
    """A store of today's tables."""
    made = Database(migrated_url, clock)
    yield made
    made.dispose()


def signed(at: OpenRound, home: int, *more: OpenRound, number: int = 1) -> SignedForm:
    """A form of the head of a home that agrees to everything."""
    said = {of.entries[home].id: Said(Answer.AGREE, of.plan.sha256) for of in (at, *more)}
    return SignedForm(said, printed(number), make.START, "测试签字人", Relation.HEAD, (PHOTO,))


def seal(
    store: Database,
    at: OpenRound,
    home: int,
    *forms: SignedForm,
    outcome: VisitOutcome = VisitOutcome.ANSWERED,
    crew_id: int | None = None,
) -> None:
    """The canvasser seals a door."""
    pairs = [(at.round.id, entry) for form in forms for entry in form.said]
    with store.transaction(Lock.answers(pairs)) as tx:
        actor = make.actor(tx.session, at.staff.canvasser)
        note = VisitNote(outcome, tx.now, f"visit-{home}-{outcome}-{tx.now:%H%M}")
        seal_door(
            tx.session,
            actor,
            at.homes[home].id,
            crew_id or at.crew.id,
            note,
            forms,
            request_id=f"door-{home}",
            key=KEY,
            now=tx.now,
        )


def numbers(store: Database) -> tuple[int, int]:
    """How many visits and how many papers there are."""
    with store.reading() as session:
        return tuple(
            session.scalars(select(func.count()).select_from(kind)).one() for kind in (Visit, Consent)
        )


def begin(store: Database, homes: int = 8) -> tuple[OpenRound, OpenRound]:
    with store.transaction() as tx:
        at = open_round(tx.session, homes, now=tx.now)
        return at, another_matter(tx.session, at, now=tx.now)


def test_a_door_is_sealed_whole_or_not_at_all(store: Database) -> None:
    at, also = begin(store)
    seal(store, at, 0, signed(at, 0, also))
    assert numbers(store) == (1, 2)
    with pytest.raises(BadInput):
        seal(store, at, 1, signed(at, 1, also, number=2), signed(at, 1, number=2))
    assert numbers(store) == (1, 2)


def test_an_entry_of_another_door_is_not_found_here(store: Database) -> None:
    at, _also = begin(store)
    with pytest.raises(NotFound):
        seal(store, at, 1, signed(at, 0))
    assert numbers(store) == (0, 0)


def test_only_a_member_of_the_crew_speaks_in_its_name(store: Database) -> None:
    at, _also = begin(store)
    with pytest.raises(NotNow):
        seal(store, at, 0, outcome=VisitOutcome.NOT_HOME, crew_id=4711)


def test_a_door_says_what_was_answered_and_whether_one_may_knock(store: Database, clock: Clock) -> None:
    at, also = begin(store)
    seal(store, at, 0, signed(at, 0, also))
    seal(store, at, 1, signed(at, 1, number=2))
    for _time in range(3):
        seal(store, at, 2, outcome=VisitOutcome.NOT_HOME)
        clock.forward(hours=1)
    seal(store, at, 3, outcome=VisitOutcome.DO_NOT_VISIT)
    with store.reading() as session:
        serving = crews.of_canvasser(session, at.staff.canvasser.id, at.community.id)
        place = (session, serving, at.community.id, Actor(at.staff.canvasser.id))
        lines = doors.in_building(session, serving, at.homes[0].building_id, *place[2:])
        assert [line.answered for line in lines[:3]] == [Answered.ALL, Answered.SOME, Answered.NONE]
        assert [line.unwelcome for line in lines[1:4]] == [
            None,
            Unwelcome.OFTEN_ENOUGH,
            Unwelcome.ASKED_NOT_TO,
        ]
        following = doors.next_door(lines, lines[1].household_id)
        assert following is not None
        assert following.household_id == at.homes[4].id
        houses = doors.buildings(session, serving, at.community.id)
        assert [(house.doors, house.done) for house in houses] == [(8, 1)]
        assert crews.forms(session, serving)[at.crew.id].missing == 98
        assert [door.room for door in walks.search(*place, "1-1-102", everywhere=False)] == ["102"]
        until = make.START + timedelta(days=2)
        assert walks.appointments(*place, until) == []
        assert [
            paper.serial for paper in walks.my_papers(session, at.staff.canvasser.id, at.community.id)
        ] == [
            printed(2),
            printed(1),
            printed(1),
        ]


def test_locks_name_every_round_and_entry_once_in_one_order() -> None:
    assert Lock.answers([(2, 9), (1, 7), (2, 9)]).answers_of == ((1, 7), (2, 9))
