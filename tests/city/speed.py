"""How fast the city is: answers and pages of several communities at once, beside a floor in the same PostgreSQL."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from deliberate.db import Database
from deliberate.keeping import stores
from tests.bench import floor, load, town
from tests.bench.lines import AT_ONCE, WARM, Line
from tests.bench.load import Request, Speed
from tests.bench.rows import bare_answers
from tests.bench.server import served
from tests.bench.town import Town
from tests.bench.worlds import World, answers

from . import cloning
from .template import Template

TIMES, SECONDS = 3, 5
AMONG = 12
"""Communities that are busy at the same time."""


def lines(url: str, folder: Path, first: Template, homes: int) -> list[Line]:
    """Answers to the rounds of several communities, and the pages of these rounds."""
    answer = Line(f"answers, {AMONG} communities of the city at once", "answers/s", target="≥ 0.5 × floor")
    slow = Line("… p99", "ms", target="≤ 3 × floor")
    page = Line("pages of their open rounds", "pages/s", target="≥ 0.3 × a bare tally read")
    worlds = _busy(url, folder, first, homes)
    lots = _lots(worlds)
    for lot in lots:
        with _bare(url) as base:
            told = _sent(base, bare_answers("answer", 20_000))
            answer.floor.append(told.rate)
            slow.floor.append(told.p99)
            page.floor.append(
                load.run(base, [Request("GET", "/tally")], at_once=AT_ONCE, seconds=SECONDS).rate
            )
        with served("wsgi:app", worlds[0].env, worlds[0].round_page) as at:
            told = _sent(at.base, lot)
            pages = [Request("GET", world.round_page) for world in worlds]
            load.run(at.base, pages, at_once=AT_ONCE, seconds=1)
            page.ours.append(load.run(at.base, pages, at_once=AT_ONCE, seconds=SECONDS).rate)
        answer.ours.append(told.rate)
        slow.ours.append(told.p99)
    worlds[0].database.dispose()
    answer.met, slow.met, page.met = (
        (answer.ratio or 0) >= 0.5,
        (slow.ratio or 9) <= 3,
        (page.ratio or 0) >= 0.3,
    )
    return [answer, slow, page]


def _busy(url: str, folder: Path, first: Template, homes: int) -> list[World]:
    """The first community, and others of the city that are not its neighbours."""
    database = Database(url)
    with stores.opened(url) as connection:
        step = cloning.stride(connection)
        number = connection.exec_driver_sql("SELECT count(*) FROM community").scalar_one()
    made = Town(first.slug, first.community_id, first.round_id, first.moderator_id, homes, first.plan_sha256)
    away = [n * max(1, number // AMONG) for n in range(min(AMONG, number))]
    towns = [
        replace(
            made,
            slug=f"city{n + 1}",
            community_id=made.community_id + n * step,
            round_id=made.round_id + n * step,
        )
        for n in away
    ]
    return [World(folder, database, one) for one in towns]


def _lots(worlds: list[World]) -> list[list[Request]]:
    """Answers of homes that have given none, in turns of the communities; as many lots as there are measurements."""
    each = [answers(world, town.residents(world.database, world.town, 100_000)) for world in worlds]
    mixed = [one for together in zip(*each, strict=False) for one in together]
    return [mixed[n::TIMES] for n in range(TIMES)]


def _sent(base: str, requests: list[Request]) -> Speed:
    load.run(base, requests[:WARM], at_once=AT_ONCE, seconds=1, once=True)
    told = load.run(base, requests[WARM:], at_once=AT_ONCE, seconds=SECONDS, once=True)
    if told.wrong:
        raise load.NoLoad(f"{told.wrong} of {told.requests} requests went wrong")
    return told


@contextmanager
def _bare(url: str) -> Iterator[str]:
    """The floor, in a database of its own beside the city's."""
    name = f"floor{uuid.uuid4().hex[:12]}"
    with floor.connect(_plain(url)) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    address = f"{_plain(url).rpartition('/')[0]}/{name}"
    try:
        floor.make(address)
        with served("tests.bench.floor:app", {"DELIBERATE_BENCH_FLOOR": address}, "/tally") as one:
            yield one.base
    finally:
        with floor.connect(_plain(url)) as connection:
            connection.execute(f"DROP DATABASE {name}")


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")
