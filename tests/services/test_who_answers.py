"""By whom an answer is recorded, and that whoever gives it still may by then (rules 1, 12); on both stores."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deliberate.db import Database, Lock, Transaction
from deliberate.domain.consent import Answer
from deliberate.domain.errors import NotAllowed
from deliberate.domain.permissions import Actor
from deliberate.domain.rules import CC278_ORD, RC80, Electorate
from deliberate.models import Account, Consent, Household, Membership, RollEntry
from deliberate.queries import people
from deliberate.services import changes, consents, households, letters, memberships
from deliberate.services.consents import Asked
from deliberate.services.recording import Receipt
from tests import make
from tests.make import Clock
from tests.make_letter import letter
from tests.make_round import KEY, OpenRound, online, open_round

PATIENCE = 30
A_WHILE = 0.4
"""Seconds in which another transaction certainly comes to wait; less proves less, but fails nothing."""
POSTGRES_ONLY = pytest.mark.parametrize("migrated_url", ["postgres"], indirect=True)


@pytest.fixture
def store(migrated_url: str) -> Iterator[Database]:
    made = Database(migrated_url, Clock())
    yield made
    made.dispose()


def of_owners(at: OpenRound, number: int = 1) -> list[tuple[RollEntry, Household]]:
    homes = {home.id: home for home in at.homes}
    found = [(one, homes[one.household_id]) for one in at.entries if one.electorate is Electorate.OWNER]
    return found[:number]


def owner_elsewhere(session: Session, home: Household) -> Account:
    """Owns the home, and lives in another."""
    who = make.resident(session, home, as_owner=True)
    session.execute(update(Membership).where(Membership.account_id == who.id).values(lives_there=False))
    return who


def asks(at: OpenRound, entry: RollEntry, actor: Actor) -> Asked:
    return Asked(actor, entry.id, online(Answer.AGREE, at.plan, f"{entry.id:032x}"))


def recorded(session: Session, fate: object) -> Consent:
    assert isinstance(fate, Receipt), fate
    return session.get_one(Consent, fate.consent_id)


@pytest.mark.parametrize("number", [1, 3])
def test_an_owner_who_lives_elsewhere_answers_by_account(store: Database, number: int) -> None:
    """Alone and among others; nobody in a lot is made to try again for it."""
    with store.transaction() as tx:
        at = open_round(tx.session, 10, RC80, CC278_ORD, now=tx.now)
        who = [(entry, owner_elsewhere(tx.session, home)) for entry, home in of_owners(at, number)]
        every = [asks(at, entry, make.actor(tx.session, owner)) for entry, owner in who]
    with store.transaction() as tx:
        fates = consents.answer_each(tx.session, every, key=KEY, now=tx.now)
        for fate, (_, owner) in zip(fates, who, strict=True):
            kept = recorded(tx.session, fate)
            assert (kept.recorded_by_id, kept.letter_id, kept.helped_by_id) == (owner.id, None, None)


def test_a_letter_of_another_home_stands_on_no_record(store: Database) -> None:
    with store.transaction() as tx:
        at = open_round(tx.session, 10, RC80, CC278_ORD, now=tx.now)
        [(entry, home)] = of_owners(at)
        owner = owner_elsewhere(tx.session, home)
        other = letter(tx.session, next(one for one in at.homes if one.id != home.id), now=tx.now)
        actor = people.actor(tx.session, account_id=owner.id, letter_id=other.id)
        [fate] = consents.answer_each(tx.session, [asks(at, entry, actor)], key=KEY, now=tx.now)
        kept = recorded(tx.session, fate)
        assert (kept.recorded_by_id, kept.letter_id) == (owner.id, None)


def test_who_only_lives_there_answers_for_the_owner_by_the_owners_letter(store: Database) -> None:
    """A tenant with an account and the owner's letter: the letter is what lets them."""
    with store.transaction() as tx:
        at = open_round(tx.session, 10, RC80, CC278_ORD, now=tx.now)
        [(entry, home)] = of_owners(at)
        tenant, to_owner = (
            make.resident(tx.session, home),
            letter(tx.session, home, now=tx.now, for_owner=True),
        )
        actor = people.actor(tx.session, account_id=tenant.id, letter_id=to_owner.id)
        [fate] = consents.answer_each(tx.session, [asks(at, entry, actor)], key=KEY, now=tx.now)
        kept = recorded(tx.session, fate)
        assert (kept.recorded_by_id, kept.letter_id, kept.helped_by_id) == (None, to_owner.id, tenant.id)


def freeze(tx: Transaction, at: OpenRound, actor: Actor) -> None:
    assert actor.letter_id is not None
    registrar = make.actor(tx.session, tx.session.get_one(Account, at.staff.registrar.id))
    letters.freeze(tx.session, registrar, actor.letter_id, "丢了", now=tx.now)


def leave(tx: Transaction, at: OpenRound, actor: Actor) -> None:
    membership = tx.session.scalars(select(Membership).filter_by(account_id=actor.account_id)).one()
    memberships.leave(tx.session, actor, membership.id, now=tx.now)


def disable(tx: Transaction, at: OpenRound, actor: Actor) -> None:
    tx.session.get_one(Account, actor.account_id).disabled_at = tx.now


def gone(tx: Transaction, at: OpenRound, actor: Actor) -> None:
    tx.session.get_one(Household, at.homes[1].id).gone_at = tx.now


@pytest.mark.parametrize("what", [freeze, leave, disable, gone])
def test_who_lost_the_voice_while_waiting_answers_no_more(
    store: Database, what: Callable[[Transaction, OpenRound, Actor], None]
) -> None:
    """The page let them in; then they waited for others, and meanwhile it was taken from them."""
    with store.transaction() as tx:
        at = open_round(tx.session, 10, now=tx.now)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        if what is freeze:
            theirs = people.actor(tx.session, letter_id=letter(tx.session, at.homes[1], now=tx.now).id)
        else:
            theirs = make.actor(tx.session, make.resident(tx.session, at.homes[1]))
        every = [asks(at, at.entries[0], member), asks(at, at.entries[1], theirs)]
    with store.transaction() as tx:
        what(tx, at, theirs)
    with store.transaction() as tx:
        first, second = consents.answer_each(tx.session, every, key=KEY, now=tx.now)
        assert recorded(tx.session, first).recorded_by_id == member.account_id
        assert isinstance(second, NotAllowed)
        with pytest.raises(NotAllowed):
            consents.withdraw(tx.session, theirs, at.entries[1].id, request_id="w", key=KEY, now=tx.now)
        assert tx.session.query(Consent).count() == 1


@POSTGRES_ONLY
def test_a_letter_that_is_being_frozen_is_waited_for(store: Database) -> None:
    """Whoever freezes it has not committed yet when the answer looks."""
    with store.transaction() as tx:
        at = open_round(tx.session, 10, now=tx.now)
        theirs = people.actor(tx.session, letter_id=letter(tx.session, at.homes[0], now=tx.now).id)

    def answer() -> Any:
        with store.transaction(Lock.answer(at.round.id, at.entries[0].id)) as tx:
            return consents.answer_each(tx.session, [asks(at, at.entries[0], theirs)], key=KEY, now=tx.now)

    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as tx:
            freeze(tx, at, theirs)
            told = pool.submit(answer)
            time.sleep(A_WHILE)
        [fate] = told.result(PATIENCE)
    assert isinstance(fate, NotAllowed)


@POSTGRES_ONLY
def test_a_roll_that_is_corrected_and_answers_that_come_wait_for_one_another_never(store: Database) -> None:
    """The registrar holds a home and then needs the counter of changes; the answers hold it and refer to the home."""
    with store.transaction() as tx:
        at = open_round(tx.session, 10, now=tx.now)
        changes.open_feed(tx.session, at.community.id)
        members = [make.actor(tx.session, make.resident(tx.session, home)) for home in at.homes[:4]]
        every = [asks(at, entry, who) for entry, who in zip(at.entries, members, strict=False)]
        registrar = make.actor(tx.session, at.staff.registrar)
    held, go_on = threading.Event(), threading.Event()

    def correct() -> None:
        with store.transaction() as tx:
            households.editable(tx.session, registrar, at.homes[2].id)
            held.set()
            go_on.wait(PATIENCE)
            changes.touch(tx.session, [at.homes[2].id])

    def answer() -> Any:
        held.wait(PATIENCE)
        with store.transaction(Lock.answers((at.round.id, one.entry_id) for one in every)) as tx:
            fates = consents.answer_each(tx.session, every, key=KEY, now=tx.now)
            threading.Timer(A_WHILE, go_on.set).start()  # once these hold the counter
            return fates

    with ThreadPoolExecutor(2) as pool:
        corrected, answered = pool.submit(correct), pool.submit(answer)
        corrected.result(PATIENCE)
        assert all(isinstance(one, Receipt) for one in answered.result(PATIENCE))
