"""How fast tablets deliver: batches of 1, 10 and 50, photographs, twenty tablets at once and a page meanwhile.

Beside the batches stands what the same disk makes durable: a row of the same bytes for each record, one commit for
each batch, no server and no HTTP.
"""

import contextlib
import sqlite3
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.make_tablet import Tablet, photo

from . import sync
from .lines import SHORT as SHORT_PLAN
from .lines import Line, Plan, p95
from .server import served
from .worlds import Stores, World

SIZES = (1, 10, 50)
HOMES = 4_813


@dataclass(frozen=True, slots=True)
class Much:
    """How much of everything; `side` is of a photograph, in pixels (some 300 KB for 700)."""

    records: int
    photographs: int
    tablets: int
    each: int
    side: int


SHORT, FULL = Much(50, 3, 3, 5, 100), Much(200, 20, 20, 20, 700)


@dataclass
class Delivery:
    """A town that is served, with tablets that are enrolled and homes that have not answered."""

    world: World
    port: int
    tablets: list[Tablet]
    entries: list[Any]


@contextmanager
def delivery(stores: Stores, tablets: int, papers: int) -> Iterator[Delivery]:
    """Over a fresh copy of the town."""
    with stores.world(HOMES) as world:
        codes, at, entries = sync.prepare(world, tablets, papers)
        with served("wsgi:app", world.env, world.round_page) as one:
            crowd = [sync.enrolled(one.port, world, at, code, n) for n, code in enumerate(codes)]
            yield Delivery(world, one.port, crowd, entries)


def as_rows(stores: Stores, plan: Plan) -> list[Line]:
    """As rows of the whole table; on SQLite alone, whose disk they stand beside."""
    if stores.server:
        return []
    short = plan.times == SHORT_PLAN.times
    much = SHORT if short else FULL
    found = [line for size in SIZES for line in batches(stores, plan, much, size)]
    return [*found, photographs(stores, plan, much), *at_once(stores, plan, much)]


def batches(stores: Stores, plan: Plan, much: Much, size: int) -> list[Line]:
    """Signed papers in batches of this size by one tablet, and the same again, which must write nothing."""
    first = Line(f"signed papers in batches of {size}", "records/s")
    again = Line("… the same again", "ms a batch", target="0 rows, ≤ 1.2 × the first")
    written = 0
    for _ in range(plan.times):
        with delivery(stores, 1, much.records) as one:
            (tablet,) = one.tablets
            lots = sync.seal(tablet, one.entries, range(1, much.records + 1), size)
            spent = _spent(tablet, lots)
            before = sync.rows(one.world)
            repeated = _spent(tablet, lots)
            written += sync.rows(one.world) - before
        first.ours.append(much.records / spent)
        first.floor.append(much.records / _durable(stores.folder, lots))
        again.ours.append(repeated / len(lots) * 1000)
        again.floor.append(spent / len(lots) * 1000)
    again.notes = f"{written} rows of the second sending"
    again.met = not written and (again.ratio or 9) <= 1.2
    return [first, again]


def _spent(tablet: Tablet, lots: Sequence[Sequence[Any]]) -> float:
    began = time.perf_counter()
    for lot in lots:
        told = {one["state"] for one in tablet.sync(*lot)["results"]}
        if told != {"accepted"}:
            raise RuntimeError(f"papers were {told}")
    return time.perf_counter() - began


def _durable(folder: Path, lots: Sequence[Sequence[Any]]) -> float:
    """Seconds in which the same bytes become durable: a row each, one commit for each lot, and nothing else."""
    path = folder / f"durable-{time.monotonic_ns()}.db"
    try:
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
    finally:
        path.unlink(missing_ok=True)


def photographs(stores: Stores, plan: Plan, much: Much) -> Line:
    """Photographs of the size that a tablet makes, by one tablet, one after the other."""
    pictures = [photo(n, much.side) for n in range(much.photographs)]
    size = statistics.mean(len(data) for data in pictures) / 1024
    line = Line(f"photographs of {size:.0f} KB", "a second")
    for _ in range(plan.times):
        with delivery(stores, 1, 1) as one:
            began = time.perf_counter()
            for data in pictures:
                if one.tablets[0].send(data)["state"] != "complete":
                    raise RuntimeError("a photograph was not taken")
            line.ours.append(len(pictures) / (time.perf_counter() - began))
    return line


def at_once(stores: Stores, plan: Plan, much: Much) -> list[Line]:
    """All tablets come home at the same time, and a resident reads the round's page meanwhile."""
    papers = much.tablets * much.each
    rate = Line(f"{much.tablets} tablets at once, {papers:,} papers and photographs", "records/s")
    page = Line("… a resident's page meanwhile, p95", "ms", target="≤ 500 ms; floor: before they came")
    for _ in range(plan.times):
        with delivery(stores, much.tablets, papers) as one:
            numbers = [range(n + 1, papers + 1, much.tablets) for n in range(much.tablets)]
            work = [
                sync.photographed(tablet, one.entries[n :: much.tablets], numbers[n], much.side)
                for n, tablet in enumerate(one.tablets)
            ]
            calm = _read(one, lambda read: read >= 200)
            spent, pages = _come_home(one, work)
            sync.refuse_others(one.world, papers)
        rate.ours.append(papers / spent)
        page.ours.append(p95(pages))
        page.floor.append(p95(calm))
    page.met = page.median <= 500
    return [rate, page]


def _come_home(one: Delivery, work: Sequence[Sequence[Any]]) -> tuple[float, list[float]]:
    """Seconds until all have delivered, and milliseconds of each page that was read meanwhile."""
    done = threading.Event()
    with ThreadPoolExecutor(len(work) + 1) as pool:
        reader = pool.submit(_read, one, lambda _: done.is_set())
        began = time.perf_counter()
        crowd = [pool.submit(_bring, *each) for each in zip(one.tablets, work, strict=True)]
        try:
            for each in crowd:
                each.result()
        finally:
            spent = time.perf_counter() - began
            done.set()
        return spent, reader.result()


def _bring(tablet: Tablet, records: Sequence[Any]) -> None:
    """As the client does: records first, then what the server lacks of their evidence."""
    for start in range(0, len(records), sync.BATCH):
        tablet.send_missing(*records[start : start + sync.BATCH])


def _read(one: Delivery, enough: Callable[[int], bool]) -> list[float]:
    """Milliseconds of the round's page, fetched by one person again and again."""
    found, line = list[float](), sync.Http(one.port)
    while not enough(len(found)):
        began = time.perf_counter()
        line.get(one.world.round_page)
        found.append((time.perf_counter() - began) * 1000)
    return found
