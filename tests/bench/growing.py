"""What one answer and one batch cost as the community grows: one after the other, nobody else there."""

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

from . import sync, town
from .lines import Line, Plan
from .load import NoLoad
from .server import served
from .worlds import Stores, World, answers

ANSWERS, BATCHES, WARM = 100, 5, 2


def one_by_one(stores: Stores, plan: Plan) -> list[Line]:
    """Medians for each size, from the request to what acknowledges it."""
    found = []
    for homes in plan.pages:
        answer = Line(f"one answer, {homes:,} homes", "ms", notes=str(homes))
        batch = Line(f"one batch of {sync.BATCH} papers, {homes:,} homes", "ms", notes=str(homes))
        for _ in range(plan.times):
            with stores.world(homes) as world:
                _measure(world, min(ANSWERS, homes // 10), answer, batch)
        found += [answer, batch]
    return sorted(found, key=lambda line: line.what.split(",")[0])


def _measure(world: World, voices: int, answer: Line, batch: Line) -> None:
    batches = min(BATCHES + WARM, world.town.homes // 10 // sync.BATCH)
    papers = batches * sync.BATCH
    codes, at, entries = sync.prepare(world, 1, papers)
    told = answers(world, town.residents(world.database, world.town, voices, after=entries[-1].id))
    with served("wsgi:app", world.env, world.round_page, processes=1) as one:
        line = sync.Http(one.port)
        sent = (
            lambda one=one: line.ask(one.method, one.path, one.body.encode(), one.headers) for one in told
        )
        answer.ours.append(_median(sent, min(10, voices // 2), lambda reply: reply.status == 302))
        tablet = sync.enrolled(one.port, world, at, codes[0], 0)
        lots = sync.seal(tablet, entries, range(1, papers + 1))
        sent = (lambda lot=lot: tablet.sync(*lot) for lot in lots)
        batch.ours.append(
            _median(sent, min(WARM, batches - 1), lambda reply: len(reply["results"]) == sync.BATCH)
        )


def _median(deeds: Iterable[Callable[[], Any]], warm: int, right: Callable[[Any], bool]) -> float:
    """Milliseconds of those behind the first few."""
    spent = []
    for deed in deeds:
        began = time.perf_counter()
        reply = deed()
        spent.append((time.perf_counter() - began) * 1000)
        if not right(reply):
            raise NoLoad(f"refused: {reply}")
    return statistics.median(spent[warm:])
