"""A race at the deadline: households answer in parallel while `answer_until` passes and counting begins.

Real threads and real time; the deadline falls into the middle of the tries. Each try writes down the store's
clock before it asks for the lock. What must hold: no record is stamped at the deadline or later; whoever began
after it is refused; and when counting has begun, no record comes any more.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from sqlalchemy import select

from deliberate.db import Database, Lock
from deliberate.domain.consent import Answer
from deliberate.domain.permissions import Actor
from deliberate.models import Consent, ConsentRound
from deliberate.services import clockwork, consents
from deliberate.services.answerable import NotNow
from tests import make, make_round
from tests.make_round import KEY, OpenRound

AT_ONCE = 12
TRIES_OF_ONE_DEADLINE = 500


class RunningClock:
    """The machine's own pace, set so that a given moment comes in so many seconds."""

    def __init__(self) -> None:
        self._base = datetime.now(UTC) - timedelta(seconds=monotonic())

    def __call__(self) -> datetime:
        return self._base + timedelta(seconds=monotonic())

    def set(self, moment: datetime, comes_in: float) -> None:
        self._base = moment - timedelta(seconds=monotonic() + comes_in)


@dataclass
class Figures:
    """What came of the tries."""

    tries: int = 0
    recorded: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.tries} tries, {self.recorded} recorded, {self.refused} refused as too late, "
            f"{len(self.faults)} faults"
        )


@dataclass
class _Try:
    began: datetime
    recorded: bool


def race(url: str, tries: int, tell: Callable[[str], None] = lambda _: None) -> Figures:
    """So many tries at a migrated, empty store, five hundred around each deadline."""
    clock, figures = RunningClock(), Figures()
    store = Database(url, clock)
    try:
        rounds = -(-tries // TRIES_OF_ONE_DEADLINE)
        for n in range(rounds):
            _one_deadline(store, clock, n, min(TRIES_OF_ONE_DEADLINE, tries - figures.tries), figures)
            tell(str(figures))
    finally:
        store.dispose()
    return figures


def _one_deadline(store: Database, clock: RunningClock, n: int, tries: int, figures: Figures) -> None:
    clock.set(make.START + timedelta(days=400 * n), 0)
    with store.transaction() as tx:
        at = make_round.open_round(tx.session, 20, now=tx.now)
        members = [make.actor(tx.session, make.resident(tx.session, home)) for home in at.homes]
    until = at.round.answer_until
    assert until is not None
    clock.set(until, 3600)
    passes = threading.Event()

    def answer(number: int) -> _Try:
        if number == tries // 3:
            clock.set(until, 0.05)
            passes.set()
        began = clock()
        try:
            _answer(store, at, members, n, number)
        except NotNow:
            return _Try(began, False)
        return _Try(began, True)

    def count() -> int:
        """As the worker does: look until counting has begun; how many records there are then."""
        passes.wait(300)
        while True:
            with store.transaction(Lock.round(at.round.id)) as tx:
                clockwork.tick(tx.session, at.round.id, now=tx.now)
                if tx.now >= until:
                    return tx.session.query(Consent).filter_by(consent_round_id=at.round.id).count()
            sleep(0.005)

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        counting = pool.submit(count)
        done = list(pool.map(answer, range(tries)))
    _judge(store, at, done, counting.result(), figures)


def _answer(store: Database, at: OpenRound, members: list[Actor], n: int, number: int) -> None:
    home = number % len(members)
    said = make_round.online((Answer.AGREE, Answer.DISAGREE)[number % 2], at.plan, f"race-{n}-{number}")
    entry = at.entries[home].id
    with store.transaction(Lock.answer(at.round.id, entry)) as tx:
        consents.answer_online(tx.session, members[home], entry, said, key=KEY, now=tx.now)


def _judge(store: Database, at: OpenRound, done: list[_Try], when_counting: int, figures: Figures) -> None:
    recorded = sum(one.recorded for one in done)
    figures.tries += len(done)
    figures.recorded += recorded
    figures.refused += len(done) - recorded
    with store.reading() as session:
        until = session.get_one(ConsentRound, at.round.id).answer_until
        assert until is not None
        stamps = session.scalars(select(Consent.recorded_at).where(Consent.consent_round_id == at.round.id))
        times = list(stamps)
    figures.faults += [f"stamped {stamp}, the deadline was {until}" for stamp in times if stamp >= until]
    figures.faults += [
        f"began at {one.began} and was recorded" for one in done if one.recorded and one.began >= until
    ]
    if len(times) != recorded:
        figures.faults.append(f"{recorded} acknowledged, {len(times)} in the store")
    if when_counting != len(times):
        figures.faults.append(f"{when_counting} records when counting began, {len(times)} afterwards")
    if not 0 < recorded < len(done):
        figures.faults.append("the deadline did not fall among the tries")
