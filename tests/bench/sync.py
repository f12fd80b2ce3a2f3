"""Tablets that deliver: enrolled over HTTP, photographs first, then batches of 50 signed papers."""

import http.client
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert, text

from deliberate.domain.consent import Answer
from deliberate.domain.round import EvidenceRole
from deliberate.domain.sync import UploadState
from deliberate.models import Account, ConsentRound, Crew, Duty, EvidenceUpload, RollEntry
from deliberate.services import devices, forms
from tests import make
from tests.make_tablet import API, Tablet, photo, uuid_of

from . import load
from .lines import SHORT, Plan
from .load import Request, Speed
from .server import served
from .worlds import World

BATCH = 50
MOST = 30
"""More batches in a second than will be taken."""
WARM = 8
"""Batches before anything is measured: statements are put together by them."""


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

    first: Speed
    again: Speed
    rows_again: int


def measure(world: World, plan: Plan, tablets: int = 4) -> Told:
    """Batches by several tablets at once, each sent once; then those that came first, again and again."""
    seconds = plan.seconds
    codes, at, entries = prepare(world, tablets, (WARM + round(MOST * seconds)) * BATCH)
    with served("wsgi:app", world.env, world.round_page) as one:
        crowd = [enrolled(one.port, world, at, code, n) for n, code in enumerate(codes)]
        sent = _sealed(world, crowd, entries)
        for request in sent[:WARM]:  # each by a connection of its own, so that every process gets some
            _deliver(one.port, request)
        first = load.run(one.base, sent[WARM:], at_once=tablets, seconds=seconds, once=True)
        if first.requests >= len(sent) - WARM - tablets and plan.times > SHORT.times:
            raise load.NoLoad(f"{first.requests} batches were delivered, {len(sent)} were prepared")
        before = _settled(world)
        again = load.run(one.base, sent[:WARM], at_once=tablets, seconds=seconds)
        more = _settled(world) - before
    if first.wrong or again.wrong:
        raise load.NoLoad(f"{first.wrong} and {again.wrong} batches went wrong")
    refuse_others(world, min(len(sent), first.requests) * BATCH)
    return Told(first, again, more)


def _deliver(port: int, request: Request) -> None:
    told = Http(port).ask(request.method, request.path, request.body.encode(), request.headers or {})
    if told.status != 200:
        raise load.NoLoad(f"a batch was refused: {told}")


def _sealed(world: World, crowd: Sequence[Tablet], entries: Sequence[RollEntry]) -> list[Request]:
    """Every batch as it is sent, the tablets in turns."""
    made = []
    for n in range(0, len(entries), BATCH):
        tablet = crowd[n // BATCH % len(crowd)]
        records = [
            tablet.answered(entry, Answer.AGREE, n + place + 1)
            for place, entry in enumerate(entries[n : n + BATCH])
        ]
        body = _dumped(tablet.batch(*records)).decode()
        headers = {"Content-Type": "application/json", **tablet.headers}
        made.append(Request("POST", f"{API}/sync", body, headers))
    for tablet in crowd:
        _hand_in(world, tablet)
    return made


def _hand_in(world: World, tablet: Tablet) -> None:
    """Every photograph, as if it had been delivered before."""
    with world.database.transaction() as tx:
        rows = [
            {
                "community_id": world.town.community_id,
                "device_uuid": tablet.uuid,
                "sha256": sha256,
                "role": EvidenceRole.PHOTO,
                "length": len(data),
                "have": len(data),
                "state": UploadState.COMPLETE,
                "kept_sha256": sha256,
                "kept_mime": "image/jpeg",
                "kept_size": len(data),
                "at": tx.now,
            }
            for sha256, data in tablet.pictures.items()
        ]
        tx.session.execute(insert(EvidenceUpload), rows)


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


def _settled(world: World) -> int:
    """Rows once nothing more is written: what was still on its way when the sender stopped is taken all the same."""
    found, more = 0, rows(world)
    while found != more:
        time.sleep(1)
        found, more = more, rows(world)
    return found


def rows(world: World) -> int:
    """Of everything that a delivery writes."""
    names = ("tablet_record", "consent", "visit", "evidence", "ledger_leaf", "journal_entry")
    counts = " + ".join(f"(SELECT count(*) FROM {name})" for name in names)
    with world.database.reading() as session:
        return int(session.execute(text(f"SELECT {counts}")).scalar_one())


def refuse_others(world: World, papers: int) -> None:
    """So many papers are here, and all that are were accepted; or the figures are of something else."""
    with world.database.reading() as session:
        sql = "SELECT verdict, reason, count(*) FROM tablet_record GROUP BY verdict, reason"
        told = [tuple(row) for row in session.execute(text(sql))]
    if [one[0] for one in told] != ["accepted"] or told[0][2] < papers:
        raise AssertionError(f"{papers} papers were sent: {told}")
