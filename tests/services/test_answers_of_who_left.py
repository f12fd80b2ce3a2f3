"""Answers of who belongs to the home no more, and who may replace them without a code (rules 8, 11); on both stores."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer, Standing, standing
from deliberate.domain.news import ANSWER_REPLACED
from deliberate.domain.permissions import Actor
from deliberate.domain.rules import CC278_ORD, RC80, Electorate
from deliberate.models import Account, InboxMessage, Membership, RollEntry
from deliberate.queries.tallies import records_of_entry
from deliberate.services import consents, credentials, memberships
from tests import make
from tests.make import Clock
from tests.make_letter import letter
from tests.make_round import KEY, OpenRound, online, open_round


@pytest.fixture
def store(migrated_url: str) -> Iterator[Database]:
    made = Database(migrated_url, Clock())
    yield made
    made.dispose()


def answered(session: Session) -> tuple[OpenRound, Account]:
    """The only member of a home said no."""
    at = open_round(session, 10)
    member = make.resident(session, at.homes[0])
    said = online(Answer.DISAGREE, at.plan, "a" * 32)
    consents.answer_online(
        session, make.actor(session, member), at.entries[0].id, said, key=KEY, now=make.START
    )
    return at, member


def standing_membership(session: Session, member: Account) -> Membership:
    return session.scalars(select(Membership).filter_by(account_id=member.id, ended_at=None)).one()


def leave(tx: Transaction, at: OpenRound, member: Account) -> None:
    membership = standing_membership(tx.session, member)
    memberships.leave(tx.session, make.actor(tx.session, member), membership.id, now=tx.now)


def put_out(tx: Transaction, at: OpenRound, member: Account) -> None:
    desk = make.actor(tx.session, at.staff.moderator)
    membership = standing_membership(tx.session, member)
    memberships.end(tx.session, desk, membership.id, "已搬走", now=tx.now)


def widen(tx: Transaction, at: OpenRound, member: Account) -> None:
    """They join as owner, too: their membership ends and begins, by their own hand."""
    to_owner = letter(tx.session, at.homes[0], now=tx.now, for_owner=True)
    actor = Actor(account_id=member.id, letter_id=to_owner.id)
    memberships.join_by_letter(tx.session, actor, now=tx.now)


def widen_and_put_out(tx: Transaction, at: OpenRound, member: Account) -> None:
    widen(tx, at, member)
    put_out(tx, at, member)


def leave_in_their_name(tx: Transaction, at: OpenRound, member: Account) -> None:
    """By the password that the desk has given them."""
    registrar = make.actor(tx.session, at.staff.registrar)
    credentials.give_password(tx.session, registrar, at.community.id, member.id, now=tx.now)
    leave(tx, at, member)


def answer_as_new(tx: Transaction, at: OpenRound) -> None:
    """Somebody whom the desk makes a member of the home says yes, without any code."""
    made = memberships.register_at_desk(
        tx.session,
        make.actor(tx.session, at.staff.moderator),
        at.homes[0].id,
        user_name="newcomer",
        display_name="测试新来",
        telephone=None,
        now=tx.now,
    )
    actor = make.actor(tx.session, made.account)
    said = online(Answer.AGREE, at.plan, "b" * 32)
    consents.answer_online(tx.session, actor, at.entries[0].id, said, key=KEY, now=tx.now)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (leave, Standing.AGREE),
        (put_out, Standing.CONTRADICTION),
        (widen, Standing.CONTRADICTION),
        (widen_and_put_out, Standing.CONTRADICTION),
        (leave_in_their_name, Standing.CONTRADICTION),
    ],
)
def test_only_the_answer_of_who_left_by_themselves_is_replaced_without_a_code(
    store: Database, what: Callable[[Transaction, OpenRound, Account], None], expected: Standing
) -> None:
    with store.transaction() as tx:
        at, member = answered(tx.session)
    with store.transaction() as tx:
        what(tx, at, member)
        answer_as_new(tx, at)
        assert standing(records_of_entry(tx.session, at.entries[0].id)) is expected


def test_who_left_is_told_that_their_answer_was_replaced_and_not_by_what(store: Database) -> None:
    with store.transaction() as tx:
        at, member = answered(tx.session)
    with store.transaction() as tx:
        leave(tx, at, member)
        answer_as_new(tx, at)
    with store.reading() as session:
        [told] = session.scalars(select(InboxMessage).filter_by(account_id=member.id, kind=ANSWER_REPLACED))
        assert set(told.data) == {"number", "title", "household_id", "round_id"}


def test_a_member_who_changes_their_own_answer_is_told_nothing(store: Database) -> None:
    with store.transaction() as tx:
        at, member = answered(tx.session)
        actor = make.actor(tx.session, member)
        said = online(Answer.AGREE, at.plan, "c" * 32)
        consents.answer_online(tx.session, actor, at.entries[0].id, said, key=KEY, now=tx.now)
        assert not tx.session.scalars(select(InboxMessage).filter_by(account_id=member.id)).all()


def of_two_homes(session: Session) -> tuple[OpenRound, RollEntry, Account]:
    """Of the owner of two homes one person, who belongs to both, said no."""
    at = open_round(session, 10, RC80, CC278_ORD, one_owner_of=2)
    first, second = at.homes[:2]
    [entry] = session.scalars(
        select(RollEntry).filter_by(consent_round_id=at.round.id, owner_id=first.owner_id)
    )
    assert (entry.electorate, entry.household_id) == (Electorate.OWNER, first.id)
    member = make.resident(session, first, as_owner=True)
    session.add(
        Membership(
            community_id=at.community.id,
            household_id=second.id,
            account_id=member.id,
            as_owner=True,
            lives_there=False,
            joined_at=make.START,
        )
    )
    session.flush()
    said = online(Answer.DISAGREE, at.plan, "a" * 32)
    consents.answer_online(session, make.actor(session, member), entry.id, said, key=KEY, now=make.START)
    return at, entry, member


def end_membership(
    tx: Transaction, at: OpenRound, member: Account, home: int, *, by_themselves: bool
) -> None:
    asked = select(Membership).filter_by(account_id=member.id, household_id=at.homes[home].id, ended_at=None)
    one = tx.session.scalars(asked).one()
    if by_themselves:
        memberships.leave(tx.session, make.actor(tx.session, member), one.id, now=tx.now)
    else:
        desk = make.actor(tx.session, at.staff.moderator)
        memberships.end(tx.session, desk, one.id, "已搬走", now=tx.now)


@pytest.mark.parametrize(
    ("left", "put_out_of", "expected"),
    [
        ((0,), (), Standing.CONTRADICTION),
        ((1,), (), Standing.CONTRADICTION),
        ((0,), (1,), Standing.CONTRADICTION),
        ((1,), (0,), Standing.CONTRADICTION),
        ((0, 1), (), Standing.AGREE),
    ],
)
def test_an_owner_has_left_only_when_they_left_every_home_of_the_owner_by_themselves(
    store: Database, left: tuple[int, ...], put_out_of: tuple[int, ...], expected: Standing
) -> None:
    """Through any home that is left to them they speak for the owner; else another owner's answer contradicts."""
    with store.transaction() as tx:
        at, entry, member = of_two_homes(tx.session)
    with store.transaction() as tx:
        for home in (*left, *put_out_of):
            end_membership(tx, at, member, home, by_themselves=home in left)
        other = make.actor(tx.session, make.resident(tx.session, at.homes[1], as_owner=True))
        said = online(Answer.AGREE, at.plan, "b" * 32)
        consents.answer_online(tx.session, other, entry.id, said, key=KEY, now=tx.now)
        assert standing(records_of_entry(tx.session, entry.id)) is expected
