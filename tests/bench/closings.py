"""Closing a round, beside a raw recount of the same store: the deed in this process, with its memory."""

import gc
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from deliberate.domain.permissions import Actor
from deliberate.models import Account
from deliberate.services import closing
from tests import make

from . import town
from .lines import Line, Plan
from .worlds import Stores, World


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
