"""Answers that come at once leave what they leave one by one: the same rows, receipts and refusals, on both stores.

Each crowd is made by chance. It is answered together, written down and undone; then one by one, and both are laid
beside each other.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.contact import ContactWay
from deliberate.domain.errors import Refusal
from deliberate.domain.permissions import ANYBODY, Actor
from deliberate.domain.rules import CC278_ORD, RC80
from deliberate.models import RollEntry
from deliberate.queries import people
from deliberate.services import building_counts, changes, consents, contacts
from deliberate.services.consents import Asked
from deliberate.services.recording import Receipt
from tests import make
from tests.make import Clock
from tests.make_round import KEY, OpenRound, another_matter, online, open_round, paper, say
from tests.services.rows_left import left
from tests.statements import heard


class Undone(Exception):
    """What was done is not kept."""


class Town:
    """Two matters, and what was answered before; then crowds of households by chance, some unlike most."""

    def __init__(self, session: Session, now: datetime) -> None:
        at = open_round(session, 10, RC80, CC278_ORD, now=now, buildings=2)
        self.matters = [at, another_matter(session, at, number=2, now=now)]
        self.homes = {home.id: home for home in at.homes}
        changes.open_feed(session, at.community.id)
        self.codes = [say(session, at, at.entries[0], Answer.AGREE, now=now, tag="used"), "AAAABBBBCCCC"]
        self.used = f"say-{at.entries[0].id}-used"
        paper(session, at, at.entries[1], Answer.DISAGREE, 1, now=now)
        member = make.actor(session, make.resident(session, at.homes[2]))
        contacts.leave(session, member, at.homes[2].id, ContactWay.EMAIL, "a@example.com", "zh-Hans", now=now)

    def crowd(self, session: Session, chance: random.Random, number: int) -> list[Asked]:
        """So many, some of whom tap twice; who they are, what they hold and what they read is by chance."""
        made = [self._one(session, chance) for _ in range(number)]
        return made + chance.sample(made, chance.randint(0, min(2, number)))

    def _one(self, session: Session, chance: random.Random) -> Asked:
        at, other = chance.sample(self.matters, 2)
        entry = chance.choice(at.entries[: 6 if chance.random() < 0.4 else None])
        plan = at.plan if chance.random() < 0.9 else other.plan
        replaces = [chance.choice(self.codes)] if chance.random() < 0.2 else []
        request_id = self.used if chance.random() < 0.1 else f"{chance.getrandbits(128):032x}"
        said = online(chance.choice(list(Answer)), plan, request_id, *replaces)
        number = 10**6 if chance.random() < 0.05 else entry.id
        return Asked(self._actor(session, chance, at, entry), number, said)

    def _actor(self, session: Session, chance: random.Random, at: OpenRound, entry: RollEntry) -> Actor:
        dice, home = chance.random(), self.homes[entry.household_id]
        if dice < 0.1:
            return ANYBODY
        if dice < 0.2:
            home = chance.choice(at.homes)
        if dice < 0.4:
            letter = make.letter(session, home, f"{chance.getrandbits(60):x}")
            return people.actor(session, letter_id=letter.id)
        return make.actor(session, make.resident(session, home, as_owner=dice < 0.7))


@pytest.fixture
def store(migrated_url: str) -> Iterator[Database]:
    made = Database(migrated_url, Clock())
    yield made
    made.dispose()


@pytest.fixture
def town(store: Database) -> Town:
    with store.transaction() as tx:
        return Town(tx.session, tx.now)


def one_by_one(session: Session, every: Sequence[Asked], *, key: bytes, now: datetime) -> list[Any]:
    """As if each had come alone."""
    fates: list[Any] = []
    for one in every:
        try:
            fates.append(consents.answer_online(session, one.actor, one.entry_id, one.said, key=key, now=now))
        except Refusal as refusal:
            fates.append(refusal)
    return fates


def told(fates: Sequence[Receipt | Refusal]) -> list[str]:
    """What each household is shown."""
    return [
        f"{one.code} {one.repeated}" if isinstance(one, Receipt) else f"{type(one).__name__} {one.why}"
        for one in fates
    ]


def outcome(
    store: Database, crowds: Sequence[Sequence[Asked]], answer: Callable[..., list[Any]]
) -> tuple[list[str], dict[str, list[str]]]:
    """What the crowds are told, and what they leave; then all of it is undone."""
    found: list[str] = []
    try:
        with store.transaction() as tx:
            for crowd in crowds:
                found += told(answer(tx.session, crowd, key=KEY, now=tx.now))
            building_counts.write(tx.session)
            changes.number(tx.session)
            rows = left(tx.session)
            raise Undone
    except Undone:
        return found, rows


def compare(store: Database, town: Town, seed: int) -> list[str]:
    """Both ways, for three crowds one after the other; what they were told."""
    chance = random.Random(seed)
    with store.transaction() as tx:
        crowds = [town.crowd(tx.session, chance, number) for number in (5, 1, 20)]
    together, rows = outcome(store, crowds, consents.answer_each)
    single, those = outcome(store, crowds, one_by_one)
    assert together == single, f"seed {seed}: what they are told"
    for table, found in rows.items():
        assert found == those[table], f"seed {seed}: {table}"
    return together


def kinds(said: Sequence[str]) -> set[str]:
    """Refusals by their names; receipts by whether they were given before."""
    return {one.split()[0] if one.split()[-1] not in ("True", "False") else one.split()[-1] for one in said}


def test_a_crowd_leaves_what_its_households_leave_one_by_one(store: Database, town: Town) -> None:
    """Rules 1, 7, 8 and 12: nothing is lost, doubled or taken for another's by being written together."""
    said = [one for seed in range(4) for one in compare(store, town, seed)]
    assert kinds(said) >= {"False", "True", "NotAllowed", "NotFound", "PlanChanged", "BadInput", "Stale"}


@pytest.mark.whole
def test_fifty_times_as_many(store: Database, town: Town) -> None:
    for seed in range(100, 150):
        compare(store, town, seed)


def test_twice_as_many_first_answers_ask_no_more(store: Database) -> None:
    with store.transaction() as tx:
        at = open_round(tx.session, 20, now=tx.now)
        asks = [
            Asked(
                make.actor(tx.session, make.resident(tx.session, home)),
                entry.id,
                online(Answer.AGREE, at.plan, f"{entry.id:032x}"),
            )
            for home, entry in zip(at.homes, at.entries, strict=True)
        ]
    asked = []
    for few in (asks[:4], asks[4:12]):
        with heard(store) as said, store.transaction() as tx:
            assert len(consents.answer_each(tx.session, few, key=KEY, now=tx.now)) == len(few)
        asked.append(len(said))
    assert asked[0] == asked[1]
