"""Who belongs to a home: by code, at the desk, until they move; an owner elsewhere speaks as owner alone."""

import pytest

from deliberate.db import Database
from deliberate.domain.contact import ContactWay, OutgoingKind
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Stale
from deliberate.domain.permissions import Action, Actor, Role, Subject, may
from deliberate.models import Account, InboxMessage, JournalEntry, Membership, Outgoing
from deliberate.queries import people
from deliberate.services import accounts, contacts, letters, memberships
from tests import make
from tests.make import Clock

CODE = "K7QM2XR9WT4P"


class Town:
    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as tx:
            self.community = make.community(tx.session)
            self.home, self.other = make.households(tx.session, self.community, 2)
            self.letter = make.letter(tx.session, self.home, CODE)
            self.owners_letter = make.letter(tx.session, self.home, CODE[::-1], for_owner=True)
            self.account = make.account(tx.session)
            self.registrar = make.actor(tx.session, make.staff(tx.session, self.community, Role.REGISTRAR))

    def actor(self, letter_id: int | None = None) -> Actor:
        with self.database.reading() as session:
            return people.actor(session, account_id=self.account.id, letter_id=letter_id)

    def join(self, letter_id: int) -> None:
        actor = self.actor(letter_id)
        with self.database.transaction() as tx:
            memberships.join_by_letter(tx.session, actor, now=tx.now)


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


def test_several_adults_join_one_home_with_one_letter(town: Town) -> None:
    town.join(town.letter.id)
    town.join(town.letter.id)
    with town.database.transaction() as tx:
        town.account = make.account(tx.session)
    town.join(town.letter.id)
    with town.database.reading() as session:
        assert session.query(Membership).count() == 2


def test_registering_with_a_letter_makes_the_account_and_joins_it(town: Town) -> None:
    with town.database.transaction() as tx:
        holder = people.actor(tx.session, letter_id=town.letter.id)
        made = memberships.register(
            tx.session,
            holder,
            user_name="Reyhan",
            display_name="热依罕•吐尔逊",
            password="five green doors",
            telephone="199 0000 0000",
            now=tx.now,
        )
    with town.database.reading() as session:
        assert people.actor(session, account_id=made.id).homes == {town.home.id: town.community.id}
        account = session.get_one(Account, made.id)
        assert (account.user_name, account.display_name, account.telephone) == (
            "reyhan",
            "热依罕·吐尔逊",
            "19900000000",
        )


def test_without_a_letter_in_force_nobody_joins(town: Town) -> None:
    for letter_id in (None, 999):
        with pytest.raises(NotAllowed), town.database.transaction() as tx:
            memberships.join_by_letter(
                tx.session, Actor(account_id=town.account.id, letter_id=letter_id), now=tx.now
            )


def test_the_owners_letter_makes_an_owner_who_does_not_speak_for_the_household(town: Town) -> None:
    town.join(town.owners_letter.id)
    actor = town.actor()
    assert (dict(actor.homes), dict(actor.owned)) == ({}, {town.home.id: town.community.id})
    household = Subject(town.community.id, household_id=town.home.id)
    owner = Subject(town.community.id, owned_ids=frozenset({town.home.id}))
    assert not may(actor, Action.ANSWER, household)
    assert may(actor, Action.ANSWER, owner)
    town.join(town.letter.id)
    assert may(town.actor(), Action.ANSWER, household)


def test_at_the_desk_it_is_recorded_who_helped(town: Town) -> None:
    with town.database.transaction() as tx:
        made = memberships.join_at_desk(
            tx.session,
            town.registrar,
            town.home.id,
            town.account.user_name,
            shown_id=town.account.id,
            now=tx.now,
        )
        assert made.helped_by_id == town.registrar.account_id
        made_new = memberships.register_at_desk(
            tx.session,
            town.registrar,
            town.home.id,
            user_name="老人甲",
            display_name="测试老人",
            telephone=None,
            now=tx.now,
        )
    assert made_new.account.password_once
    with town.database.reading() as session:
        assert [e.what for e in session.query(JournalEntry)] == ["membership_joined_with_help"] * 2
        assert "测试老人" not in repr([e.data for e in session.query(JournalEntry)])


def test_nobody_joins_themselves_at_the_desk_nor_a_stranger_another(town: Town) -> None:
    with town.database.transaction() as tx:
        own_name = tx.session.get_one(Account, town.registrar.account_id).user_name
    name, registrar = town.account.user_name, town.registrar.account_id or 0
    for refusal, actor, typed, shown_id in (
        (NotAllowed, town.registrar, own_name, registrar),
        (NotAllowed, town.actor(), name, town.account.id),
        (BadInput, town.registrar, "没有这个人", town.account.id),
        (Stale, town.registrar, name, registrar),
    ):
        with pytest.raises(refusal), town.database.transaction() as tx:
            memberships.join_at_desk(tx.session, actor, town.home.id, typed, shown_id=shown_id, now=tx.now)


def test_a_number_that_became_anothers_after_it_was_looked_at_joins_nobody(town: Town) -> None:
    """Numbers are typed by their people: a neighbour's leads to the account of whoever typed it."""
    with town.database.transaction() as tx:
        accounts.rename(tx.session, town.actor(), "测试住户", "199 0000 0001")
        seen = accounts.find(tx.session, "19900000001")
        assert seen is not None
        accounts.rename(tx.session, town.actor(), "测试住户", None)
        squatter = make.account(tx.session, "测试冒用")
        accounts.rename(tx.session, make.actor(tx.session, squatter), "测试冒用", "19900000001")
    with pytest.raises(Stale, match="另一个账号"), town.database.transaction() as tx:
        memberships.join_at_desk(
            tx.session, town.registrar, town.home.id, "19900000001", shown_id=seen.id, now=tx.now
        )


def test_who_moved_no_longer_speaks_for_the_home_and_may_come_back(town: Town) -> None:
    town.join(town.letter.id)
    with town.database.transaction() as tx:
        standing = tx.session.query(Membership).one()
        memberships.end(tx.session, town.registrar, standing.id, "已搬走", now=tx.now)
    assert town.actor().homes == {}
    with pytest.raises(Stale), town.database.transaction() as tx:
        memberships.end(tx.session, town.registrar, standing.id, "已搬走", now=tx.now)
    town.join(town.letter.id)
    assert list(town.actor().homes) == [town.home.id]


def test_one_ends_ones_own_membership_and_no_others(town: Town) -> None:
    town.join(town.letter.id)
    with town.database.transaction() as tx:
        standing = tx.session.query(Membership).one()
        stranger = make.actor(tx.session, make.account(tx.session))
    with pytest.raises(NotFound), town.database.transaction() as tx:
        memberships.leave(tx.session, stranger, standing.id, now=tx.now)
    with town.database.transaction() as tx:
        memberships.leave(tx.session, town.actor(), standing.id, now=tx.now)
    assert town.actor().homes == {}


def test_the_others_of_a_home_are_told_of_each_who_joins(town: Town) -> None:
    """Whoever holds the letter, or serves at the desk, adds nobody to a home unnoticed."""
    with town.database.transaction() as tx:
        member = make.resident(tx.session, town.home)
        speaking = make.actor(tx.session, member)
        contacts.leave(
            tx.session, speaking, town.home.id, ContactWay.EMAIL, "a@example.com", "zh-Hans", now=tx.now
        )
    town.join(town.letter.id)
    town.join(town.letter.id)
    with town.database.transaction() as tx:
        new = make.account(tx.session)
        memberships.join_at_desk(
            tx.session, town.registrar, town.home.id, new.user_name, shown_id=new.id, now=tx.now
        )
    with town.database.reading() as session:
        told = [(one.account_id, one.kind) for one in session.query(InboxMessage).order_by(InboxMessage.id)]
        joined = OutgoingKind.MEMBER_JOINED
        assert told.count((member.id, joined.value)) == 2
        assert told.count((town.account.id, joined.value)) == 1
        assert [one.kind for one in session.query(Outgoing)] == [joined, joined]


def test_what_a_member_gains_begins_when_it_was_gained(town: Town, clock: Clock) -> None:
    town.join(town.owners_letter.id)
    clock.forward(days=3)
    town.join(town.letter.id)
    with town.database.reading() as session:
        first, standing = session.query(Membership).order_by(Membership.id)
        assert first.ended_at == standing.joined_at == clock.at
        assert (standing.as_owner, standing.lives_there) == (True, True)
        assert standing.via_letter_id == town.letter.id


def test_a_frozen_letter_names_the_memberships_that_it_made(town: Town) -> None:
    town.join(town.letter.id)
    with town.database.transaction() as tx:
        standing = tx.session.query(Membership).one().id
        letters.freeze(tx.session, town.registrar, town.letter.id, "丢了", now=tx.now)
    with town.database.reading() as session:
        frozen = session.query(JournalEntry).filter_by(what="letter_frozen").one()
        assert frozen.data == {"joined": [standing]}
