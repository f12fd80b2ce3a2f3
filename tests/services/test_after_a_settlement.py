"""A settlement is named by the codes of what it settled: nobody holds its own (rules 8 and 12); on both stores."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain import serial
from deliberate.domain.consent import Answer, Standing, standing
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Actor
from deliberate.models import RollEntry
from deliberate.queries import people
from deliberate.queries.tallies import records_of_entry
from deliberate.services import consents
from deliberate.services.recording import stub_code
from tests import make
from tests.make import Clock
from tests.make_letter import letter
from tests.make_round import KEY, OpenRound, online, open_round, paper, settle


@pytest.fixture
def store(migrated_url: str) -> Iterator[Database]:
    made = Database(migrated_url, Clock())
    yield made
    made.dispose()


@dataclass
class Home:
    """A home without any account that said yes by its letter and no on paper; settled as yes."""

    at: OpenRound
    entry: RollEntry
    holder: Actor
    receipt: str
    """Of the yes."""
    stub: str
    """Of the paper with the no."""


def settled(session: Session) -> Home:
    at = open_round(session, 10)
    entry, now = at.entries[0], make.START
    holder = people.actor(session, letter_id=letter(session, at.homes[0], now=now).id)
    said = online(Answer.AGREE, at.plan, "a" * 32)
    receipt = consents.answer_online(session, holder, entry.id, said, key=KEY, now=now).code
    paper(session, at, entry, Answer.DISAGREE, 1, now=now)
    settle(session, at.staff.moderator, entry, Answer.AGREE, now=now)
    return Home(at, entry, holder, receipt, stub_code(KEY, at.community.id, serial.printed(1)))


def stands(session: Session, home: Home) -> Standing:
    return standing(records_of_entry(session, home.entry.id))


@pytest.mark.parametrize("held", ["receipt", "stub"])
def test_a_settled_answer_is_taken_back_by_a_code_of_either_side(store: Database, held: str) -> None:
    with store.transaction() as tx:
        home = settled(tx.session)
        codes = (getattr(home, held),)
        consents.withdraw(
            tx.session, home.holder, home.entry.id, request_id="w", replaces=codes, key=KEY, now=tx.now
        )
        assert stands(tx.session, home) is Standing.WITHDRAWN


def test_a_settled_answer_is_not_taken_back_without_a_code(store: Database) -> None:
    with store.transaction() as tx:
        home = settled(tx.session)
        for codes in ((), ("K7QM2XR9WT4P",), (serial.printed(1),)):
            with pytest.raises(BadInput):
                consents.withdraw(
                    tx.session,
                    home.holder,
                    home.entry.id,
                    request_id="w",
                    replaces=codes,
                    key=KEY,
                    now=tx.now,
                )


def test_a_settled_answer_is_changed_by_the_code_of_the_answer_that_was_upheld(store: Database) -> None:
    with store.transaction() as tx:
        home = settled(tx.session)
        put_aside = online(Answer.DISAGREE, home.at.plan, "b" * 32, home.stub)
        with pytest.raises(BadInput):
            consents.answer_online(tx.session, home.holder, home.entry.id, put_aside, key=KEY, now=tx.now)
        upheld = online(Answer.DISAGREE, home.at.plan, "c" * 32, home.receipt)
        consents.answer_online(tx.session, home.holder, home.entry.id, upheld, key=KEY, now=tx.now)
        assert stands(tx.session, home) is Standing.DISAGREE


def test_a_paper_that_names_the_answer_that_was_upheld_replaces_the_settlement(store: Database) -> None:
    with store.transaction() as tx:
        home = settled(tx.session)
        with pytest.raises(BadInput):
            paper(
                tx.session, home.at, home.entry, Answer.ABSTAIN, 2, replaces=(serial.printed(1),), now=tx.now
            )
        paper(tx.session, home.at, home.entry, Answer.ABSTAIN, 2, replaces=(home.receipt,), now=tx.now)
        assert stands(tx.session, home) is Standing.ABSTAIN


def test_an_answer_that_was_settled_twice_still_opens_by_its_code(store: Database) -> None:
    with store.transaction() as tx:
        home = settled(tx.session)
        paper(tx.session, home.at, home.entry, Answer.DISAGREE, 2, now=tx.now)
        settle(tx.session, home.at.staff.other_moderator, home.entry, Answer.AGREE, now=tx.now, tag="again")
        codes = (home.receipt,)
        consents.withdraw(
            tx.session, home.holder, home.entry.id, request_id="w", replaces=codes, key=KEY, now=tx.now
        )
        assert stands(tx.session, home) is Standing.WITHDRAWN


def test_an_answer_without_a_code_beside_a_settlement_is_a_contradiction(store: Database) -> None:
    with store.transaction() as tx:
        home = settled(tx.session)
        said = online(Answer.DISAGREE, home.at.plan, "d" * 32)
        consents.answer_online(tx.session, home.holder, home.entry.id, said, key=KEY, now=tx.now)
        assert stands(tx.session, home) is Standing.CONTRADICTION
