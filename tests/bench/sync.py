"""Tablets that deliver: enrolled over HTTP, photographs first, then batches of 50 signed papers."""

import http.client
import json
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import text

from deliberate.domain.consent import Answer
from deliberate.models import Account, ConsentRound, Crew, Duty, RollEntry
from deliberate.services import devices, forms
from tests import make
from tests.make_tablet import Tablet, photo, uuid_of

from .server import served
from .worlds import World

BATCH = 50


class Http:
    """What a tablet of the tests asks of a client, over a connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> "Reply":
        for last in (False, True):
            try:
                self._connection.request(method, path, body, dict(headers))
                answer = self._connection.getresponse()
                return Reply(answer.status, answer.read())
            except ConnectionError:  # the server does not keep a connection on which nothing came
                self._connection.close()
                if last:
                    raise
        raise AssertionError("unreachable")

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> "Reply":
        return self.ask("GET", path, b"", headers or {})

    def put(self, path: str, data: bytes, headers: Mapping[str, str]) -> "Reply":
        return self.ask("PUT", path, data, headers)

    def post(self, path: str, json: Any, headers: Mapping[str, str] | None = None) -> "Reply":
        kind = {"Content-Type": "application/json"}
        return self.ask("POST", path, _dumped(json), {**kind, **(headers or {})})


def _dumped(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Reply:
    status: int
    data: bytes

    def get_json(self) -> Any:
        assert self.status < 400, (self.status, self.data[:300])
        return json.loads(self.data)


@dataclass(frozen=True)
class Told:
    """How delivery went."""

    batches_a_second: float
    first_ms: float
    again_ms: float
    rows_again: int


def measure(world: World, batches: int, tablets: int = 4) -> Told:
    """So many batches by so many tablets at once; then every one of them again."""
    papers = batches * BATCH
    codes, at, entries = prepare(world, tablets, papers)
    with served("wsgi:app", world.env, world.round_page) as one:
        crowd = [enrolled(one.port, world, at, code, n) for n, code in enumerate(codes)]
        work = [
            seal(tablet, entries[n::tablets], range(n + 1, papers + 1, tablets))
            for n, tablet in enumerate(crowd)
        ]
        began = time.perf_counter()
        first = _all(crowd, work)
        spent = time.perf_counter() - began
        before = rows(world)
        again = _all(crowd, work)
        more = rows(world) - before
    refuse_others(world, papers)
    return Told(batches / spent, first, again, more)


def prepare(world: World, tablets: int, papers: int) -> tuple[list[str], Any, list[RollEntry]]:
    """Codes to enrol with, the round as a tablet of the tests knows it, and homes that have not answered."""
    with world.database.transaction() as tx:
        session = tx.session
        moderator = make.actor(session, session.get_one(Account, world.town.moderator_id))
        crew = session.query(Crew).filter_by(consent_round_id=world.town.round_id).one()
        canvasser = session.query(Duty).filter_by(crew_id=crew.id).one().account_id
        forms.issue_forms(session, moderator, crew.id, papers, now=tx.now)
        key = world.app().extensions["deliberate.config"].code_key
        codes = []
        for _ in range(tablets):
            codes.append(
                devices.issue_code(
                    session, moderator, world.town.community_id, canvasser, key=key, now=tx.now
                )
            )
        silent = text("roll_entry.id NOT IN (SELECT roll_entry_id FROM entry_standing)")
        entries = (
            session.query(RollEntry)
            .filter(RollEntry.consent_round_id == world.town.round_id, silent)
            .order_by(RollEntry.id)
            .limit(papers)
            .all()
        )
        plan = SimpleNamespace(sha256=session.get_one(ConsentRound, world.town.round_id).plan_sha256)
        session.expunge_all()
    return codes, SimpleNamespace(crew=SimpleNamespace(id=crew.id), plan=plan), entries


def enrolled(port: int, world: World, at: Any, code: str, n: int) -> Tablet:
    """A tablet that has its token."""
    client: Any = Http(port)
    tablet = Tablet(client, at, world.database.clock, uuid=uuid_of(n + 1, 1))  # type: ignore[arg-type]
    tablet.enrol(code)
    return tablet


def seal(
    tablet: Tablet, entries: list[RollEntry], serials: Iterable[int], size: int = BATCH
) -> list[list[Any]]:
    """Papers in batches; the photographs are delivered before."""
    records = [
        tablet.answered(entry, Answer.AGREE, number) for entry, number in zip(entries, serials, strict=True)
    ]
    for data in tablet.pictures.values():
        tablet.send(data)
    return [records[start : start + size] for start in range(0, len(records), size)]


def photographed(tablet: Tablet, entries: list[RollEntry], serials: Iterable[int], side: int) -> list[Any]:
    """Papers with a photograph each of so many pixels, on the tablet and nowhere else."""
    return [
        tablet.door(
            entry.household_id,
            tablet.visit(),
            [tablet.form({entry: Answer.AGREE}, number, ("photo", photo(number, side)))],
        )
        for entry, number in zip(entries, serials, strict=True)
    ]


def _all(tablets: list[Tablet], work: list[list[list[Any]]]) -> float:
    """Every tablet delivers its batches, all of them at once; milliseconds for a batch, on the average."""
    spent: list[float] = []

    def deliver(tablet: Tablet, batches: list[list[Any]]) -> None:
        for batch in batches:
            began = time.perf_counter()
            tablet.sync(*batch)
            spent.append(time.perf_counter() - began)

    with ThreadPoolExecutor(len(tablets)) as pool:
        list(pool.map(deliver, tablets, work))  # what went wrong with one is raised here
    return sum(spent) / len(spent) * 1000


def rows(world: World) -> int:
    """Of everything that a delivery writes."""
    names = ("tablet_record", "consent", "visit", "evidence", "ledger_leaf", "journal_entry")
    counts = " + ".join(f"(SELECT count(*) FROM {name})" for name in names)
    with world.database.reading() as session:
        return int(session.execute(text(f"SELECT {counts}")).scalar_one())


def refuse_others(world: World, papers: int) -> None:
    """Every paper is here and was accepted, or the figures are of something else."""
    with world.database.reading() as session:
        sql = "SELECT verdict, reason, count(*) FROM tablet_record GROUP BY verdict, reason"
        told = [tuple(row) for row in session.execute(text(sql))]
    if [(one[0], one[2]) for one in told] != [("accepted", papers)]:
        raise AssertionError(f"{papers} papers were sent: {told}")
