"""Messages that were given up: kept before the moderator's eyes until somebody else told the household."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select

from deliberate.db import Transaction
from deliberate.domain.consent import Answer
from deliberate.domain.contact import ContactWay
from deliberate.domain.errors import NotAllowed, Stale
from deliberate.domain.permissions import Actor, Role
from deliberate.models import JournalEntry, Outgoing
from deliberate.queries import untold
from deliberate.services import contacts, outgoing
from tests import make
from tests.make_round import OpenRound, open_round, paper

Begin = Callable[[], AbstractContextManager[Transaction]]


def owed(tx: Transaction) -> tuple[OpenRound, Actor, int]:
    """A household with an address, for which a paper was registered: the round, its moderator, the message."""
    at = open_round(tx.session)
    member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
    contacts.leave(
        tx.session, member, at.homes[0].id, ContactWay.EMAIL, "a@example.com", "zh-Hans", now=tx.now
    )
    paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
    return at, make.actor(tx.session, at.staff.moderator), tx.session.scalars(select(Outgoing.id)).one()


def give_up(tx: Transaction, message: int) -> None:
    for _try in range(outgoing.MOST_TRIES):
        outgoing.failed(tx.session, message, now=tx.now)


def test_only_what_was_given_up_is_listed_and_told_it_is_gone(transaction: Begin) -> None:
    with transaction() as tx:
        at, moderator, message = owed(tx)
        outgoing.failed(tx.session, message, now=tx.now)
        outgoing.told(tx.session, moderator, message, now=tx.now)
        assert untold.number(tx.session, at.community.id) == 0, "it is tried again"
        give_up(tx, message)
        (one,) = untold.listing(tx.session, at.community.id)
        assert (one.home.id, one.matter and one.matter.id) == (at.homes[0].id, at.proposal.id)
        assert untold.number(tx.session, at.community.id) == 1
        for _click in range(2):
            outgoing.told(tx.session, moderator, message, now=tx.now)
        assert untold.listing(tx.session, at.community.id) == []
        said = select(JournalEntry.account_id).where(JournalEntry.what == "household_told")
        assert tx.session.scalars(said).all() == [moderator.account_id]


def test_several_are_noted_at_once_or_none(transaction: Begin) -> None:
    with transaction() as tx:
        at, moderator, first = owed(tx)
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 2, now=tx.now)
        both = tx.session.scalars(select(Outgoing.id)).all()
        give_up(tx, first)
        with pytest.raises(Stale):
            outgoing.told_all(tx.session, moderator, at.community.id, both, now=tx.now)
        assert untold.number(tx.session, at.community.id) == 1, "one is still tried: none was noted"
        give_up(tx, both[-1])
        recorder = Actor(at.staff.canvasser.id, roles=moderator.roles)
        with pytest.raises(NotAllowed):
            outgoing.told_all(tx.session, recorder, at.community.id, both, now=tx.now)
    with transaction() as tx:
        assert outgoing.told_all(tx.session, moderator, at.community.id, both, now=tx.now) == 2
        for again in (both, both[:1], [], [10**6]):
            with pytest.raises(Stale):
                outgoing.told_all(tx.session, moderator, at.community.id, again, now=tx.now)
        notes = select(JournalEntry.id).where(JournalEntry.what == "household_told")
        assert len(tx.session.scalars(notes).all()) == 2


def test_who_recorded_the_answer_or_lives_there_cannot_say_that_they_know(transaction: Begin) -> None:
    """Whoever forged it would be the first to say that the household was told."""
    with transaction() as tx:
        at, moderator, message = owed(tx)
        give_up(tx, message)
        here = frozenset({(at.community.id, Role.MODERATOR)})
        recorder = Actor(at.staff.canvasser.id, roles=here)
        neighbour = Actor(moderator.account_id, roles=here, homes={at.homes[0].id: at.community.id})
        abroad = Actor(moderator.account_id, roles=frozenset({(at.community.id + 1, Role.MODERATOR)}))
        for actor in (recorder, neighbour, abroad, make.actor(tx.session, at.staff.canvasser)):
            with pytest.raises(NotAllowed):
                outgoing.told(tx.session, actor, message, now=tx.now)
        assert untold.number(tx.session, at.community.id) == 1
