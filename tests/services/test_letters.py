"""The life of a letter: issued, delivered, opened, frozen, replaced; and who learns what."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from deliberate.db import Database, Transaction
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal, Stale
from deliberate.domain.permissions import Actor, Role
from deliberate.models import Building, Household, InboxMessage, JournalEntry, Letter
from deliberate.queries import people
from deliberate.services import households, letter_issuing, letters
from deliberate.services.letter_issuing import IssuedLetter
from deliberate.services.letters import CodeRefused
from tests import make
from tests.make import CODE_KEY, START

Tx = Callable[..., AbstractContextManager[Transaction]]


class Town:
    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as tx:
            self.community = make.community(tx.session)
            self.homes = make.households(tx.session, self.community, 3)
            self.member = make.resident(tx.session, self.homes[0])
            self.registrar = make.actor(tx.session, make.staff(tx.session, self.community, Role.REGISTRAR))

    def issue(self, home: Household, seen: int | None = None, **more: bool) -> IssuedLetter:
        with self.database.transaction() as tx:
            return letter_issuing.issue(
                tx.session, self.registrar, home.id, CODE_KEY, seen=seen, now=tx.now, **more
            )

    def deliver(self, letter_id: int, to: str = "热依罕·吐尔逊") -> None:
        with self.database.transaction() as tx:
            letters.record_delivery(tx.session, self.registrar, letter_id, to, now=tx.now)

    def open(self, code: str) -> int:
        with self.database.reading() as session:
            return letters.open_with_code(session, code, CODE_KEY).id


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


def test_a_code_works_from_recorded_delivery_on(town: Town) -> None:
    issued = town.issue(town.homes[0])
    with pytest.raises(CodeRefused) as undelivered:
        town.open(issued.code)
    with pytest.raises(CodeRefused) as wrong:
        town.open("0000-0000-0000")
    assert (undelivered.value.why, undelivered.value.next_step) == (wrong.value.why, wrong.value.next_step)
    town.deliver(issued.letter_id)
    assert town.open(issued.code.lower()) == issued.letter_id


def test_the_code_itself_is_nowhere_in_the_store(town: Town) -> None:
    code = town.issue(town.homes[0]).code
    with town.database.reading() as session:
        for table in (Letter, JournalEntry):
            for row in session.query(table):
                assert code not in repr({c.name: getattr(row, c.name) for c in table.__table__.columns})


def test_a_frozen_code_opens_nothing_and_says_so_to_who_holds_it(town: Town) -> None:
    issued = town.issue(town.homes[0])
    town.deliver(issued.letter_id)
    with town.database.transaction() as tx:
        letters.freeze(tx.session, town.registrar, issued.letter_id, "住户来电话，信丢了", now=tx.now)
    with pytest.raises(CodeRefused, match="冻结"):
        town.open(issued.code)
    with town.database.reading() as session:
        assert people.actor(session, letter_id=issued.letter_id) == Actor()
        assert [m.kind for m in session.query(InboxMessage)] == ["letter_frozen"]


def test_a_new_letter_kills_the_old_visibly(town: Town) -> None:
    old = town.issue(town.homes[0])
    town.deliver(old.letter_id)
    new = town.issue(town.homes[0], seen=old.letter_id)
    with pytest.raises(CodeRefused, match="换发"):
        town.open(old.code)
    with pytest.raises(CodeRefused):
        town.open(new.code)
    town.deliver(new.letter_id)
    assert town.open(new.code) == new.letter_id
    with town.database.reading() as session:
        row = session.get_one(Letter, old.letter_id)
        assert row.replaced_by_letter_id == new.letter_id
        assert people.actor(session, letter_id=old.letter_id) == Actor()
        assert [(m.account_id, m.kind) for m in session.query(InboxMessage)] == [
            (town.member.id, "letter_replaced")
        ]


def test_a_second_click_does_not_kill_the_letter_that_was_just_printed(town: Town) -> None:
    first = town.issue(town.homes[0])
    with pytest.raises(Stale):
        town.issue(town.homes[0])
    town.deliver(first.letter_id)
    assert town.open(first.code) == first.letter_id


def test_the_letter_to_the_owner_and_to_the_household_live_side_by_side(town: Town) -> None:
    home, owner = town.issue(town.homes[0]), town.issue(town.homes[0], for_owner=True)
    for one in (home, owner):
        town.deliver(one.letter_id)
    with town.database.reading() as session:
        as_home = people.actor(session, letter_id=town.open(home.code))
        as_owner = people.actor(session, letter_id=town.open(owner.code))
    assert (list(as_home.homes), list(as_home.owned)) == ([town.homes[0].id], [])
    assert (list(as_owner.homes), list(as_owner.owned)) == ([], [town.homes[0].id])


def test_letters_for_a_building_spare_what_was_delivered(town: Town) -> None:
    delivered = town.issue(town.homes[0])
    town.deliver(delivered.letter_id)
    lost = town.issue(town.homes[1])
    issued = in_bulk(town)
    assert [one.household_id for one in issued] == [town.homes[2].id]
    with pytest.raises(Refusal, match="每一户都已经有信函"):
        in_bulk(town)
    again = in_bulk(town, undelivered_too=True)
    assert [one.household_id for one in again] == [town.homes[1].id, town.homes[2].id]
    assert town.open(delivered.code) == delivered.letter_id
    with pytest.raises(CodeRefused, match="换发"):
        town.open(lost.code)


def test_a_bulk_page_that_is_out_of_date_issues_nothing(town: Town) -> None:
    in_bulk(town, seen=0)
    with pytest.raises(Stale):
        in_bulk(town, seen=0, undelivered_too=True)


def in_bulk(town: Town, seen: int | None = None, undelivered_too: bool = False) -> list[IssuedLetter]:
    with town.database.transaction() as tx:
        building = tx.session.query(Building).one()
        return letter_issuing.issue_for_building(
            tx.session,
            town.registrar,
            town.community.id,
            building.id,
            CODE_KEY,
            seen=letter_issuing.newest_in(tx.session, building.id) if seen is None else seen,
            undelivered_too=undelivered_too,
            now=tx.now,
        )


def test_delivery_is_recorded_once_and_names_somebody(town: Town) -> None:
    issued = town.issue(town.homes[0])
    for nobody in ("", " · ", "名" * 81):
        with pytest.raises(BadInput):
            town.deliver(issued.letter_id, nobody)
    town.deliver(issued.letter_id, "麦合木提•阿不都")
    with town.database.reading() as session:
        assert session.get_one(Letter, issued.letter_id).delivered_to == "麦合木提·阿不都"
    with pytest.raises(Stale):
        town.deliver(issued.letter_id)


def test_a_home_that_is_gone_has_no_code_that_works(town: Town) -> None:
    issued = town.issue(town.homes[0])
    town.deliver(issued.letter_id)
    with town.database.transaction() as tx:
        households.mark_gone(tx.session, town.registrar, town.homes[0].id, "已拆除", now=tx.now)
    with pytest.raises(CodeRefused):
        town.open(issued.code)
    with town.database.reading() as session:
        assert people.actor(session, letter_id=issued.letter_id) == Actor()
    with pytest.raises(NotFound):
        town.issue(town.homes[0], seen=issued.letter_id)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.REGISTRAR, Role.RESIDENT)])
def test_only_the_registrar_of_this_community_touches_letters(town: Town, role: Role) -> None:
    issued = town.issue(town.homes[0])
    here = Actor(account_id=9, roles=frozenset({(town.community.id, role)}))
    elsewhere = Actor(account_id=9, roles=frozenset({(town.community.id + 1, Role.REGISTRAR)}))
    for actor in (here, elsewhere, Actor(homes={town.homes[0].id: town.community.id})):
        with town.database.transaction() as tx, pytest.raises(NotAllowed):
            letter_issuing.issue(tx.session, actor, town.homes[1].id, CODE_KEY, now=START)
        with town.database.transaction() as tx, pytest.raises(NotAllowed):
            letters.record_delivery(tx.session, actor, issued.letter_id, "某人", now=START)
        with town.database.transaction() as tx, pytest.raises(NotAllowed):
            letters.freeze(tx.session, actor, issued.letter_id, "原因", now=START)
