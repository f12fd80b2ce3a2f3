"""The second channel: whoever may leave one, what is owed when, and that nothing of it outlives its end."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.db import Transaction
from deliberate.domain.consent import Answer, Channel, Deed
from deliberate.domain.contact import ContactWay, OutgoingKind
from deliberate.domain.errors import BadInput, NotAllowed, NotFound
from deliberate.domain.permissions import Actor
from deliberate.domain.rules import CC278_ORD, RC80, Electorate
from deliberate.models import Contact, InboxMessage, JournalEntry, Outgoing
from deliberate.services import consents, contacts, outgoing
from deliberate.services.answerable import NotNow
from deliberate.services.recording import Draft, First, Recorder, record_first
from tests import make
from tests.make_round import KEY, OpenRound, online, open_round, paper, say

Begin = Callable[[], AbstractContextManager[Transaction]]


def leave(tx: Transaction, actor: Actor, home: int, address: str = "a@example.com") -> list[Contact]:
    return contacts.leave(tx.session, actor, home, ContactWay.EMAIL, address, "zh-Hans", now=tx.now)


def owed(session: Session) -> list[tuple[OutgoingKind, int | None]]:
    rows = session.execute(select(Outgoing.kind, Outgoing.consent_id).order_by(Outgoing.id))
    return [(kind, consent_id) for kind, consent_id in rows]


def resident(tx: Transaction, at: OpenRound, home: int = 0, *, as_owner: bool = False) -> Actor:
    return make.actor(tx.session, make.resident(tx.session, at.homes[home], as_owner=as_owner))


def test_every_record_of_the_household_is_owed_once_and_no_other(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        member = resident(tx, at)
        leave(tx, member, at.homes[0].id)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
        say(tx.session, at, at.entries[1], Answer.AGREE, now=tx.now)
        told = owed(tx.session)
        assert [kind for kind, _ in told] == [OutgoingKind.CONSENT]
        said = online(Answer.AGREE, at.plan, "a" * 32)
        for _click in range(2):
            consents.answer_online(tx.session, member, at.entries[0].id, said, key=KEY, now=tx.now)
        assert len(owed(tx.session)) == 2


def test_a_refused_answer_owes_nothing(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        member = resident(tx, at)
        leave(tx, member, at.homes[0].id)
        late = online(Answer.AGREE, at.plan, "a" * 32)
        with pytest.raises(NotNow):
            consents.answer_online(
                tx.session, member, at.entries[0].id, late, key=KEY, now=tx.now + timedelta(days=90)
            )
        assert owed(tx.session) == []


def test_many_first_answers_at_once_are_owed_too(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        leave(tx, resident(tx, at), at.homes[0].id)
        canvasser = make.actor(tx.session, at.staff.canvasser)
        by = Recorder(canvasser.account_id)
        firsts = [
            First(canvasser, entry, Draft(Deed.ANSWER, Answer.AGREE, Channel.ONLINE, f"{entry.id:032x}", by))
            for entry in at.entries[:5]
        ]
        record_first(tx.session, at.round, firsts, key=KEY, now=tx.now)
        assert len(owed(tx.session)) == 1


def test_a_tenant_does_not_learn_how_the_owner_voted(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10, RC80, CC278_ORD)
        tenant, owner = resident(tx, at), resident(tx, at, as_owner=True)
        assert [one.voice for one in leave(tx, tenant, at.homes[0].id)] == [Electorate.HOUSEHOLD]
        leave(tx, owner, at.homes[0].id, "owner@example.com")
        owners = next(e for e in at.entries if e.electorate is Electorate.OWNER)
        say(tx.session, at, owners, Answer.DISAGREE, now=tx.now)
        voices = tx.session.scalars(
            select(Contact.address).join(Outgoing).where(Outgoing.kind == OutgoingKind.CONSENT)
        )
        assert list(voices) == ["owner@example.com"]


def test_left_twice_it_is_there_once_and_ended_its_address_is_gone(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        member = resident(tx, at)
        first = leave(tx, member, at.homes[0].id)
        assert leave(tx, member, at.homes[0].id) == []
        contacts.end(tx.session, member, first[0].id, now=tx.now)
        contacts.end(tx.session, member, first[0].id, now=tx.now)
        assert first[0].address is None
        assert contacts.number(tx.session, at.homes[0].id) == 0
        paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
        assert [kind for kind, _ in owed(tx.session)] == [OutgoingKind.CONTACT_ENDED]
        assert "example.com" not in repr([entry.data for entry in tx.session.query(JournalEntry)])


def test_the_others_are_told_when_one_is_added_or_ended(transaction: Begin) -> None:
    """Whoever has found the letter cannot silence the household unnoticed."""
    with transaction() as tx:
        at = open_round(tx.session)
        member, thief = resident(tx, at), resident(tx, at)
        mine = leave(tx, member, at.homes[0].id)
        theirs = leave(tx, thief, at.homes[0].id, "thief@example.com")
        contacts.end(tx.session, thief, mine[0].id, now=tx.now)
        told = tx.session.execute(select(Outgoing.contact_id, Outgoing.kind, Outgoing.address)).all()
        assert [tuple(row) for row in told] == [
            (mine[0].id, OutgoingKind.CONTACT_ADDED, None),
            (mine[0].id, OutgoingKind.CONTACT_ENDED, "a@example.com"),
            (theirs[0].id, OutgoingKind.CONTACT_ENDED, None),
        ]
        added, ended = OutgoingKind.CONTACT_ADDED.value, OutgoingKind.CONTACT_ENDED.value
        inbox = tx.session.execute(
            select(InboxMessage.account_id, InboxMessage.kind).where(InboxMessage.kind.in_((added, ended)))
        ).all()
        assert sorted(tuple(row) for row in inbox) == [
            (member.account_id, added),
            (member.account_id, ended),
            (thief.account_id, added),
        ]


def test_an_ended_contact_is_told_of_its_end_and_then_forgotten(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        member = resident(tx, at)
        mine = leave(tx, member, at.homes[0].id)
        contacts.end(tx.session, member, mine[0].id, now=tx.now)
        (message,) = outgoing.due(tx.session, now=tx.now)
        outgoing.sent(tx.session, message, now=tx.now)
        kept = tx.session.get_one(Outgoing, message)
        assert (kept.address, mine[0].address) == (None, None)


@pytest.mark.parametrize("typed", ["", "nobody", "长" * 10_000, "a@example.com\r\nBcc: b@example.com"])
def test_what_is_no_address_is_refused(transaction: Begin, typed: str) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        with pytest.raises(BadInput):
            leave(tx, resident(tx, at), at.homes[0].id, typed)


def test_six_are_enough(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        member = resident(tx, at)
        for number in range(6):
            leave(tx, member, at.homes[0].id, f"{number}@example.com")
        with pytest.raises(BadInput):
            leave(tx, member, at.homes[0].id, "7@example.com")


def test_nobody_leaves_or_ends_one_for_another_household(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        mine = leave(tx, resident(tx, at), at.homes[0].id)
        for stranger in (resident(tx, at, 1), Actor(), make.actor(tx.session, at.staff.canvasser)):
            with pytest.raises(NotAllowed):
                leave(tx, stranger, at.homes[0].id)
            with pytest.raises(NotAllowed):
                contacts.end(tx.session, stranger, mine[0].id, now=tx.now)
        with pytest.raises(NotFound):
            contacts.end(tx.session, resident(tx, at), 999, now=tx.now)


def test_what_does_not_leave_is_tried_again_ever_later_and_then_given_up(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        leave(tx, resident(tx, at), at.homes[0].id)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
        (message,) = outgoing.due(tx.session, now=tx.now)
        moment, tries = tx.now, 0
        while outgoing.due(tx.session, now=moment):
            outgoing.failed(tx.session, message, now=moment)
            tries += 1
            assert outgoing.due(tx.session, now=moment) == []
            moment += timedelta(days=5)
        kept = tx.session.get_one(Outgoing, message)
        assert (tries, kept.sent_at) == (outgoing.MOST_TRIES, None)
        assert kept.given_up_at is not None


def test_what_left_is_not_sent_again(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        leave(tx, resident(tx, at), at.homes[0].id)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
        (message,) = outgoing.due(tx.session, now=tx.now)
        outgoing.sent(tx.session, message, now=tx.now)
        assert outgoing.due(tx.session, now=tx.now + timedelta(days=9)) == []
