"""What is measured: ours and the floor in turns, on the same server, in the same run."""

import json
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from sqlalchemy import text

from . import floor, load, sync, town
from .closings import closings
from .lines import AT_ONCE, SHORT, WARM, Line, Plan
from .load import Request, Speed
from .server import Served, served
from .worlds import FORM, Stores, World, answers


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
def bare(stores: Stores) -> Iterator[Served]:
    """The floor, served as ours is."""
    with floor_store(stores) as url:
        env = {"DELIBERATE_BENCH_FLOOR": url}
        with served("tests.bench.floor:app", env, "/tally") as one:
            yield one


def bare_answers(kind: str, number: int) -> list[Request]:
    """As many answers for the floor, each its own."""
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
        with bare(stores) as low:
            one = once(low.base, bare_answers("answer", 10 * plan.voices), plan)
            two = once(low.base, bare_answers("same", 10 * plan.voices), plan)
        rate.floor.append(one.rate)
        slow.floor.append(one.p99)
        same.floor.append(two.rate)
        with stores.world(homes) as world:
            sent = answers(world, town.residents(world.database, world.town, plan.voices))
            with served("wsgi:app", world.env, world.round_page) as at:
                ours = once(at.base, sent, plan)
            _nothing_lost(world, ours)
        rate.ours.append(ours.rate)
        same.ours.append(ours.rate)
        slow.ours.append(ours.p99)
    rate.met, slow.met = (rate.ratio or 0) >= 0.5, (slow.ratio or 9) <= 3
    return [rate, slow, same]


def once(base: str, requests: list[Request], plan: Plan) -> Speed:
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
    for _ in range(plan.times):
        with bare(stores) as low:
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
            bare_batches = load.run(low.base, sent, at_once=4, seconds=plan.seconds, once=True)
            if bare_batches.wrong:
                raise load.NoLoad(f"{bare_batches.wrong} of the floor's batches went wrong")
        first.floor.append(bare_batches.rate)
        with stores.world(4_813 if plan.times == SHORT.times else 100_000) as world:
            told = sync.measure(world, plan)
        first.ours.append(told.first.rate)
        again.ours.append(told.again.p50)
        again.floor.append(told.first.p50)
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
            with bare(stores) as low:
                rate.floor.append(again(low.base, Request("GET", "/tally"), plan).rate)
            with stores.world(homes) as world, served("wsgi:app", world.env, world.round_page) as at:
                told = again(at.base, Request("GET", world.round_page), plan)
                if homes in (plan.pages[0], plan.pages[-1]):
                    known.ours.append(_known(at, world, plan).rate)
            line.ours.append(told.p50)
            rate.ours.append(told.rate)
        lines += [line, rate, known]
    small, large = lines[0], lines[-3]
    large.floor, large.target = small.ours, "≤ 1.5 × that at the least size"
    large.met = (large.ratio or 9) <= 1.5
    lines[-2].met = (lines[-2].ratio or 0) >= 0.3
    return [line for line in lines if line.ours]


def _known(at: Served, world: World, plan: Plan) -> Speed:
    """The page as a browser asks for it that has it already."""
    seen = urllib.request.urlopen(at.base + world.round_page).headers
    return again(at.base, Request("GET", world.round_page, headers={"If-None-Match": seen["ETag"]}), plan)


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


def starting(stores: Stores, plan: Plan) -> list[Line]:
    """From the command to the first page; memory with two workers; how soon SIGTERM is obeyed. Beside a bare Flask."""
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
        with bare(stores) as low:
            first.floor.append(low.seconds_to_first_page)
            again(low.base, Request("GET", "/tally"), plan)
            memory.floor.append(low.memory())
    first.met, memory.met = first.median <= 1.0, memory.median <= 150
    return [first, memory, stopped]


ROWS: dict[str, Callable[[Stores, Plan], list[Line]]] = {
    "answer": answering,
    "batch": batches,
    "page": round_pages,
    "close": closings,
    "start": starting,
}
