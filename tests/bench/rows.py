"""What is measured: ours and the floor in turns, on the same server, in the same run."""

import gc
import json
import sqlite3
import statistics
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from sqlalchemy import text

from deliberate.domain.permissions import Actor
from deliberate.models import Account
from deliberate.services import closing
from tests import make

from . import floor, load, sync, town
from .load import Request, Speed
from .server import served
from .worlds import FORM, Stores, World, answers


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    seconds: float
    times: int
    pages: tuple[int, ...]
    closings: tuple[int, ...]
    imports: tuple[int, ...]
    evening_minutes: float
    crowd: float = 1.0
    """Share of the residents, watchers and tablets of the last evening."""
    voices: int = 6000

    def up_to(self, homes: int) -> "Plan":
        """The same without towns that are larger."""
        sizes = (tuple(n for n in few if n <= homes) for few in (self.pages, self.closings, self.imports))
        pages, closings, imports = sizes
        return replace(self, pages=pages, closings=closings, imports=imports)


SHORT = Plan(1, 1, (500, 4_813), (4_813,), (4_813,), 0.15, 0.03, 1500)
FULL = Plan(4, 3, (500, 4_813, 100_000, 1_000_000), (100_000, 1_000_000), (4_813, 100_000), 2, 1.0, 8_000)
AT_ONCE = 8
WARM = 200
"""Requests before anything is measured: templates and statements are compiled by them."""


@dataclass
class Line:
    """One row of the table: what, the figures, the floor's, and whether the target is met."""

    what: str
    unit: str
    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    target: str = ""
    met: bool | None = None
    notes: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.ours)

    @property
    def ratio(self) -> float | None:
        return self.median / statistics.median(self.floor) if self.floor else None


def p95(spent: Sequence[float]) -> float:
    """What 95 of 100 of these do not exceed."""
    return sorted(spent)[min(len(spent) - 1, int(len(spent) * 0.95))]


@contextmanager
def floor_store(stores: Stores) -> Iterator[str]:
    """Empty tables of the floor in a store of the same kind as ours; their address."""
    name = f"floor{uuid.uuid4().hex[:12]}"
    if stores.server:
        url = stores.server.url(stores.server.create(name=name)).replace("+psycopg", "")
    else:
        url = str(stores.folder / f"{name}.db")
    floor.make(url)
    yield url
    if stores.server:
        stores.server.drop(name)
    else:
        for path in stores.folder.glob(f"{name}.db*"):
            path.unlink()


@contextmanager
def bare(stores: Stores) -> Iterator[str]:
    """The floor, served as ours is; its address."""
    with floor_store(stores) as url:
        env = {"DELIBERATE_BENCH_FLOOR": url}
        with served("tests.bench.floor:app", env, "/tally") as one:
            yield one.base


def _bare_answers(kind: str, number: int) -> list[Request]:
    headers = {"Content-Type": FORM}
    return [
        Request(
            "POST", f"/{kind}/{n}", urlencode({"answer": "agree", "request_id": uuid.uuid4().hex}), headers
        )
        for n in range(number)
    ]


def answering(stores: Stores, plan: Plan) -> list[Line]:
    """A resident's answer, beside the floor's insert + tally and beside the same rows in raw SQL."""
    rate = Line("a resident's answer", "answers/s", target="≥ 0.5 × floor")
    same = Line("… beside a floor that writes the same rows", "answers/s")
    slow = Line("… p99", "ms", target="≤ 3 × floor")
    homes = 4_813 if plan.times == SHORT.times else 100_000
    for _ in range(plan.times):
        with bare(stores) as base:
            one = _once(base, _bare_answers("answer", 10 * plan.voices), plan)
            two = _once(base, _bare_answers("same", 10 * plan.voices), plan)
        rate.floor.append(one.rate)
        slow.floor.append(one.p99)
        same.floor.append(two.rate)
        with stores.world(homes) as world:
            sent = answers(world, town.residents(world.database, world.town, plan.voices))
            with served("wsgi:app", world.env, world.round_page) as at:
                ours = _once(at.base, sent, plan)
            _nothing_lost(world, ours)
        rate.ours.append(ours.rate)
        same.ours.append(ours.rate)
        slow.ours.append(ours.p99)
    rate.met, slow.met = (rate.ratio or 0) >= 0.5, (slow.ratio or 9) <= 3
    return [rate, slow, same]


def _once(base: str, requests: list[Request], plan: Plan) -> Speed:
    """Each at most once; nothing may go wrong."""
    load.run(base, requests[:WARM], at_once=AT_ONCE, seconds=1, once=True)
    told = load.run(base, requests[WARM:], at_once=AT_ONCE, seconds=plan.seconds, once=True)
    if told.wrong or told.requests >= len(requests) - WARM - AT_ONCE:
        raise load.NoLoad(
            f"{told.wrong} of {told.requests} requests went wrong, {len(requests)} were prepared"
        )
    return told


def _nothing_lost(world: World, told: Speed) -> None:
    """Every answer that was acknowledged is a record; the running counts say the same."""
    with world.database.reading() as session:
        at = {"r": world.town.round_id}
        made = session.execute(
            text(
                "SELECT count(*) FROM consent WHERE consent_round_id = :r AND id > 0 AND request_id IN "
                "(SELECT request_id FROM consent ORDER BY id DESC LIMIT :n)"
            ),
            {**at, "n": told.requests},
        ).scalar_one()
        counted = session.execute(
            text(
                "SELECT (SELECT sum(answered) FROM building_count WHERE consent_round_id = :r) - "
                "(SELECT count(*) FROM entry_standing WHERE consent_round_id = :r)"
            ),
            at,
        ).scalar_one()
    if made < told.requests or counted:
        raise AssertionError(f"{told.requests} acknowledged, {made} kept, running counts off by {counted}")


def batches(stores: Stores, plan: Plan) -> list[Line]:
    """A tablet's batch of 50, and the same batch sent again."""
    first = Line("a tablet's batch of 50 papers", "batches/s", target="≥ 0.25 × floor")
    again = Line("… sent again", "ms a batch", target="0 rows, ≤ 1.2 × the first")
    number = 4 if plan.times == SHORT.times else 40
    for _ in range(plan.times):
        with bare(stores) as base:
            bodies = [
                json.dumps(
                    {
                        "records": [
                            {"entry": n, "answer": "agree", "request": uuid.uuid4().hex} for n in range(50)
                        ]
                    }
                )
                for _ in range(round(1_500 * plan.seconds))
            ]
            sent = [Request("POST", "/batch", body, {"Content-Type": "application/json"}) for body in bodies]
            bare_batches = load.run(base, sent, at_once=4, seconds=plan.seconds, once=True)
            if bare_batches.wrong:
                raise load.NoLoad(f"{bare_batches.wrong} of the floor's batches went wrong")
        first.floor.append(bare_batches.rate)
        with stores.world(4_813 if plan.times == SHORT.times else 100_000) as world:
            told = sync.measure(world, number)
        first.ours.append(told.batches_a_second)
        again.ours.append(told.again_ms)
        again.floor.append(told.first_ms)
        again.notes = f"{told.rows_again} rows of the second sending"
    first.met, again.met = (
        (first.ratio or 0) >= 0.25,
        (again.ratio or 9) <= 1.2 and again.notes.startswith("0 "),
    )
    return [first, again]


def round_pages(stores: Stores, plan: Plan) -> list[Line]:
    """The page of an open round as the number of households grows, beside a bare tally."""
    lines = []
    for homes in plan.pages:
        line = Line(f"the page of an open round, {homes:,} homes: p50", "ms", notes=str(homes))
        rate = Line(f"… pages a second, {homes:,} homes", "pages/s", target="≥ 0.3 × a bare tally read")
        known = Line(f"… asked again with its ETag, {homes:,} homes", "pages/s")
        for _ in range(plan.times):
            with bare(stores) as base:
                rate.floor.append(again(base, Request("GET", "/tally"), plan).rate)
            with stores.world(homes) as world:
                told, asked = _looked_at(stores, world, plan)
            known.ours.append(asked.rate)
            line.ours.append(told.p50)
            rate.ours.append(told.rate)
        lines += [line, rate, known]
    small, large = lines[0], lines[-3]
    large.floor, large.target = small.ours, "≤ 1.5 × that at the least size"
    large.met = (large.ratio or 9) <= 1.5
    lines[-2].met = (lines[-2].ratio or 0) >= 0.3
    return lines


def _looked_at(stores: Stores, world: World, plan: Plan) -> tuple[Speed, Speed]:
    """The page as a stranger gets it, and as a browser that has it already."""
    with served("wsgi:app", world.env, world.round_page) as at:
        told = again(at.base, Request("GET", world.round_page), plan)
        seen = urllib.request.urlopen(at.base + world.round_page).headers
        kept = {"If-None-Match": seen["ETag"], "Cookie": seen["Set-Cookie"].split(";")[0]}
        return told, again(at.base, Request("GET", world.round_page, headers=kept), plan)


def again(base: str, request: Request, plan: Plan) -> Speed:
    """One address, fetched again and again once it is warm."""
    load.run(base, [request], at_once=AT_ONCE, seconds=1)
    for longer in (1, 4, 16):  # on a busy machine nothing may be ready in a second
        told = load.run(base, [request], at_once=AT_ONCE, seconds=longer * plan.seconds)
        if told.wrong:
            raise load.NoLoad(f"{told.wrong} of {told.requests} pages went wrong: {request.path}")
        if told.requests:
            return told
    raise load.NoLoad(f"no page was ready: {request.path}")


class _Undone(Exception):
    """Everything but the commit was measured."""


def closings(stores: Stores, plan: Plan) -> list[Line]:
    """Closing: exact recount from the consents, sheet and all; beside a raw recount of the same store."""
    lines = []
    for homes in plan.closings:
        line = Line(
            f"closing a round of {homes:,} homes", "s", target="≤ 3 × raw recount, ≤ 5 s", notes=str(homes)
        )
        memory = Line("… more memory", "MB", target="≤ 100 MB")
        with stores.world(homes) as world:
            for turn in range(plan.times):
                line.floor.append(_raw_recount(world))
                gc.collect()
                before = highest(forget=True)
                line.ours.append(_close(world, keep=turn == plan.times - 1))
                memory.ours.append(max(0.0, highest() - before))
        line.met = (line.ratio or 9) <= 3 and line.median <= 5
        memory.met = memory.median <= 100
        lines += [line, memory]
    if len(plan.closings) > 1:
        growth = Line(
            "… from the least to the greatest", "×", [lines[-2].median / lines[0].median], target="≤ 13 ×"
        )
        growth.met = growth.median <= 13
        lines.append(growth)
    return lines


def _close(world: World, *, keep: bool) -> float:
    now = town.end_answering(world.database, world.town)
    database, clock = world.database, world.database.clock
    database.clock = lambda: now
    began = time.perf_counter()
    try:
        with database.transaction() as tx:
            moderator = make.actor(tx.session, tx.session.get_one(Account, world.town.moderator_id))
            assert isinstance(moderator, Actor)
            closing.close_round(tx.session, moderator, world.town.round_id, now=tx.now)
            if not keep:
                raise _Undone
    except _Undone:
        return time.perf_counter() - began
    finally:
        database.clock = clock
    return time.perf_counter() - began


RAW = """
SELECT answer, count(*) FROM (
  SELECT e.id, (SELECT c.answer FROM consent c WHERE c.consent_round_id = e.consent_round_id
    AND c.roll_entry_id = e.id ORDER BY c.id DESC LIMIT 1) AS answer
  FROM roll_entry e WHERE e.consent_round_id = ?) AS last GROUP BY answer
"""


def _raw_recount(world: World) -> float:
    """The last answer of every entry on the roll, in one statement over a plain connection."""
    with plain(world.database.url) as connection:
        mark = "%s" if world.database.url.startswith("postgres") else "?"
        began = time.perf_counter()
        connection.execute(RAW.replace("?", mark), (world.town.round_id,)).fetchall()
        return time.perf_counter() - began


@contextmanager
def plain(url: str) -> Iterator[Any]:
    """A connection of the driver, nothing between."""
    if url.startswith("postgres"):
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            yield connection
        return
    made = sqlite3.connect(url.removeprefix("sqlite:///"))
    yield made
    made.close()


def highest(*, forget: bool = False) -> float:
    """Megabytes that this process held at most since it was last told to forget."""
    if forget:
        Path("/proc/self/clear_refs").write_text("5")
    told = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    return int(told.split()[1]) / 1024


def starting(stores: Stores, plan: Plan) -> list[Line]:
    """From the command to the first page; memory with two workers; how soon SIGTERM is obeyed."""
    first = Line("start to first page", "s", target="≤ 1.0 s")
    memory = Line("memory with two workers", "MB (PSS)", target="≤ 150 MB")
    stopped = Line("stopped after SIGTERM", "s")
    for _ in range(max(plan.times, 1)):
        with stores.world(500) as world:
            with served("wsgi:app", world.env, world.round_page) as one:
                first.ours.append(one.seconds_to_first_page)
                again(one.base, Request("GET", world.round_page), plan)
                memory.ours.append(one.memory())
            stopped.ours.append(one.stopped_in)
    first.met, memory.met = first.median <= 1.0, memory.median <= 150
    return [first, memory, stopped]


ROWS: dict[str, Callable[[Stores, Plan], list[Line]]] = {
    "answer": answering,
    "batch": batches,
    "page": round_pages,
    "close": closings,
    "start": starting,
}
