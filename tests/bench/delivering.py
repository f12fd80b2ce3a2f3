"""How fast tablets deliver, beside what the same disk can make durable: `python -m tests.bench.delivering`.

Prints a table: records per second in batches of 1, 10 and 50 against one commit of as many rows of the same bytes;
the same batches again, which must write nothing; photographs; twenty tablets at once, and how long a resident waits
for a page meanwhile. `--short` only shows that each row still works. Figures mean something on an idle machine alone.
"""

import argparse
import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.migrate import upgrade
from deliberate.services import forms
from tests import make
from tests.make import Clock
from tests.make_round import OpenRound, open_round
from tests.make_tablet import Tablet, code, photo, uuid_of

from . import rows
from .worlds import Stores

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret of the benchmark, long enough for it"
SIZES = (1, 10, 50)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything."""

    records: int
    tablets: int
    each: int
    side: int


SHORT, FULL = Plan(10, 3, 5, 100), Plan(300, 20, 60, 900)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what, the figure with its unit, what it is compared with, and whether the target is met."""

    what: str
    figure: float
    unit: str
    beside: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """As the client of a test gives it."""

    data: bytes

    def get_json(self) -> Any:
        return json.loads(self.data)


class Http:
    """What a tablet of the tests asks of a client, over a connection that is kept."""

    def __init__(self, port: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def _ask(self, method: str, path: str, data: bytes, headers: Mapping[str, str]) -> Reply:
        self._line.request(method, path, data, dict(headers))
        answer = self._line.getresponse()
        told = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {told[:200]!r}")
        return Reply(told)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self._ask("GET", path, b"", headers or {})

    def post(self, path: str, json: Any, headers: Mapping[str, str] | None = None) -> Reply:
        return self._ask("POST", path, _dumped(json), {"Content-Type": "application/json", **(headers or {})})

    def put(self, path: str, data: bytes, headers: Mapping[str, str]) -> Reply:
        return self._ask("PUT", path, data, headers)


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@dataclass
class World:
    """An open round, served, with tablets that are enrolled."""

    port: int
    path: Path
    at: OpenRound
    tablets: list[Tablet]

    def rows(self) -> int:
        """Of everything that a delivery writes."""
        with contextlib.closing(sqlite3.connect(self.path)) as store:
            names = ("tablet_record", "consent", "visit", "evidence", "ledger_leaf", "journal_entry")
            return sum(int(store.execute(f"SELECT count(*) FROM {one}").fetchone()[0]) for one in names)

    @property
    def page(self) -> str:
        return f"/c/{self.at.community.slug}/rounds/{self.at.round.id}"


@contextlib.contextmanager
def served(folder: Path, homes: int, tablets: int) -> Iterator[World]:
    """A town in a store of its own, behind the server that the application is deployed with."""
    path = folder / f"town-{homes}-{tablets}.db"
    url = f"sqlite:///{path}"
    upgrade(url)
    store = Database(url)
    with store.transaction() as tx:
        at = open_round(tx.session, homes, now=tx.now)
        moderator = make.actor(tx.session, at.staff.moderator)
        forms.issue_forms(tx.session, moderator, at.crew.id, homes, now=tx.now)
        tx.session.expunge_all()
    app = create_app(Config(url, SECRET, folder, secure_cookies=False), store)
    key = app.extensions["deliberate.config"].code_key
    codes = [code(store, at, key=key) for _ in range(tablets)]
    port, process = _start(url, folder)
    try:
        crowd = [_enrolled(port, at, n, one) for n, one in enumerate(codes)]
        yield World(port, path, at, crowd)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        store.dispose()


def _enrolled(port: int, at: OpenRound, n: int, its_code: str) -> Tablet:
    line: Any = Http(port)
    tablet = Tablet(line, at, Now(), uuid=uuid_of(n + 1, 1))
    tablet.enrol(its_code)
    return tablet


class Now(Clock):
    """The machine's own clock."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


def _start(url: str, folder: Path) -> "tuple[int, subprocess.Popen[bytes]]":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DELIBERATE_DATABASE_URL": url,
        "DELIBERATE_SECRET_KEY": SECRET,
        "DELIBERATE_INSTANCE_DIR": str(folder),
        "DELIBERATE_SECURE_COOKIES": "0",
    }
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--threads", "8", "--keep-alive", "30", "--log-level", "error"]
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return port, process
        time.sleep(0.05)
    raise RuntimeError("the server never answered")


def batches(plan: Plan, folder: Path) -> list[Line]:
    """Records per second in batches, first and again, beside as many rows of the same bytes in one commit."""
    found = []
    for size in SIZES:
        with served(folder / _new(folder), plan.records + size, 1) as world:
            (tablet,) = world.tablets
            records = [
                tablet.answered(entry, Answer.AGREE, n + 1)
                for n, entry in enumerate(world.at.entries[: plan.records - plan.records % size or size])
            ]
            for data in tablet.pictures.values():
                tablet.send(data)
            lots = [records[start : start + size] for start in range(0, len(records), size)]
            first = _spent(tablet, lots, {"accepted"})
            before = world.rows()
            again = _spent(tablet, lots, {"accepted"})
            written = world.rows() - before
        floor = _floor(folder, lots)
        found.append(
            Line(
                f"signed papers in batches of {size}",
                len(records) / first,
                "records/s",
                f"{floor / first:.2f} of the disk's {len(records) / floor:,.0f}/s",
                floor / first >= 0.25 if size == SIZES[-1] else None,
            )
        )
        beside = f"{again / first:.2f} of the first time, {written} rows written"
        found.append(
            Line(
                "… the same again",
                len(records) / again,
                "records/s",
                beside,
                again <= 1.2 * first and not written,
            )
        )
    return found


def _new(folder: Path) -> str:
    name = f"w{len(list(folder.iterdir()))}"
    (folder / name).mkdir()
    return name


def _spent(tablet: Tablet, lots: Sequence[Sequence[Any]], states: set[str]) -> float:
    began = time.perf_counter()
    for lot in lots:
        told = {one["state"] for one in tablet.sync(*lot)["results"]}
        if told != states:
            raise RuntimeError(f"not {states}: {told}")
    return time.perf_counter() - began


def _floor(folder: Path, lots: Sequence[Sequence[Any]]) -> float:
    """Seconds in which the same bytes become durable: a row each, one commit for each lot, and nothing else."""
    path = folder / f"floor-{time.monotonic_ns()}.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = FULL")
        store.execute("CREATE TABLE record (id TEXT PRIMARY KEY, sha256 TEXT, payload BLOB)")
        began = time.perf_counter()
        for lot in lots:
            store.execute("BEGIN IMMEDIATE")
            rows = [(one["record_id"], one["sha256"], one["payload"].encode()) for one in lot]
            store.executemany("INSERT INTO record VALUES (?, ?, ?)", rows)
            store.execute("COMMIT")
        return time.perf_counter() - began


def photographs(plan: Plan, folder: Path) -> list[Line]:
    """Photographs of the size that a tablet makes, one after the other."""
    many = max(3, plan.records // 10)
    pictures = [photo(n, plan.side) for n in range(many)]
    with served(folder / _new(folder), 3, 1) as world:
        began = time.perf_counter()
        for data in pictures:
            if world.tablets[0].send(data)["state"] != "complete":
                raise RuntimeError("a photograph was not taken")
        spent = time.perf_counter() - began
    size = statistics.mean(len(data) for data in pictures) / 1024
    return [Line(f"photographs of {size:.0f} KB", many / spent, "a second")]


def at_once(plan: Plan, folder: Path) -> list[Line]:
    """All tablets come home at the same time, and residents read the round's page meanwhile."""
    homes = plan.tablets * plan.each
    with served(folder / _new(folder), homes + 1, plan.tablets) as world:
        calm = _read(world, most=plan.each)
        done, pages = threading.Event(), list[float]()
        reader = threading.Thread(target=lambda: pages.extend(_read(world, until=done)))
        crowd = [
            threading.Thread(target=_bring, args=(world, tablet, n, plan))
            for n, tablet in enumerate(world.tablets)
        ]
        began = time.perf_counter()
        for thread in (reader, *crowd):
            thread.start()
        for thread in crowd:
            thread.join()
        spent = time.perf_counter() - began
        done.set()
        reader.join()
        with contextlib.closing(sqlite3.connect(world.path)) as store:
            stands = dict(store.execute("SELECT verdict, count(*) FROM tablet_record GROUP BY verdict"))
    if stands != {"accepted": homes}:
        raise RuntimeError(f"{homes} records were brought: {stands}")
    return [
        Line(f"{plan.tablets} tablets at once, papers and photographs", homes / spent, "records/s"),
        Line("… a resident's page meanwhile, p95", _p95(pages), "ms", f"{_p95(calm):.0f} ms before"),
    ]


def _bring(world: World, tablet: Tablet, n: int, plan: Plan) -> None:
    """As the client does: records first, then what the server lacks of their evidence."""
    mine = world.at.entries[n * plan.each : (n + 1) * plan.each]
    records = [tablet.answered(e, Answer.AGREE, n * plan.each + k + 1) for k, e in enumerate(mine)]
    for start in range(0, len(records), SIZES[-1]):
        tablet.send_missing(*records[start : start + SIZES[-1]])


def _read(world: World, *, until: threading.Event | None = None, most: int = 10_000) -> list[float]:
    """Milliseconds of each page, one after the other: so many, or until it is time."""
    found, line = list[float](), Http(world.port)
    while len(found) < most and not (until and until.is_set()):
        began = time.perf_counter()
        line.get(world.page)
        found.append((time.perf_counter() - began) * 1000)
    return found


def _p95(spent: Sequence[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.95)] if spent else 0.0


def measure(plan: Plan, folder: Path) -> list[Line]:
    """Every row of the table."""
    return [*batches(plan, folder), *photographs(plan, folder), *at_once(plan, folder)]


def as_rows(stores: Stores, plan: rows.Plan) -> list[rows.Line]:
    """As rows of the whole table; on SQLite alone, beside what its disk makes durable."""
    if stores.server:
        return []
    short = plan.times == rows.SHORT.times
    with tempfile.TemporaryDirectory(dir=stores.folder) as folder:
        found = [*batches(SHORT if short else FULL, Path(folder)), *photographs(FULL, Path(folder))]
    return [rows.Line(one.what, one.unit, [one.figure], target=one.beside, met=one.met) for one in found]


def text(lines: Sequence[Line]) -> str:
    """The table, as it is printed."""
    verdicts = {None: "", True: "met", False: "MISSED"}
    return "\n".join(
        f"{one.what:<52} {one.figure:>10,.1f} {one.unit:<10} {one.beside:<48} {verdicts[one.met]}"
        for one in lines
    )


def main() -> int:
    """0 when everything ran and, in a full run, every target was met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.delivering", description=__doc__)
    parser.add_argument(
        "--short", action="store_true", help="does every row still work? figures mean nothing"
    )
    parser.add_argument("--folder", default=None, help="where the stores are made")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        lines = measure(SHORT if asked.short else FULL, Path(folder))
    print(text(lines))
    return 1 if not asked.short and any(one.met is False for one in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
