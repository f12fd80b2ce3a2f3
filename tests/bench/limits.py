"""What the store itself gives, without any application: pgbench on PostgreSQL, one connection on SQLite."""

import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from . import floor
from .closings import plain
from .lines import AT_ONCE, Line, Plan
from .load import NoLoad
from .rows import floor_store
from .worlds import Stores

_ADD = (
    "INSERT INTO answer (round, entry, answer, request, at) VALUES (1, {entry}, 'agree', {request}, 'now');"
)
_COUNT = "UPDATE tally SET answered = answered + 1 WHERE round = 1 AND building = {building};"


def store_limits(stores: Stores, plan: Plan) -> list[Line]:
    """Durable inserts, alone and with the tally of a building, one to a transaction."""
    insert = Line("the store alone: one durable insert", "transactions/s")
    both = Line("the store alone: insert + tally of a building", "transactions/s")
    for _ in range(plan.times):
        with floor_store(stores) as url:
            measured = _pgbench if stores.server else _one_connection
            insert.floor.append(measured(url, plan.seconds, counted=False))
            both.floor.append(measured(url, plan.seconds, counted=True))
    for line in (insert, both):
        line.ours, line.floor = line.floor, []
    return [insert, both]


def _pgbench(url: str, seconds: float, *, counted: bool) -> float:
    """Eight clients, each statement prepared once."""
    program = shutil.which("pgbench") or next(
        (str(p) for p in Path("/usr/lib/postgresql").glob("*/bin/pgbench")), None
    )
    if program is None:
        raise NoLoad("pgbench is not installed (Debian: apt-get install postgresql-contrib)")
    add = _ADD.format(entry=":entry", request="gen_random_uuid()::text")
    count = _COUNT.format(building=f":entry % {floor.BUILDINGS}")
    script = "\\set entry random(1, 100000)\n" + ("BEGIN;\n" if counted else "") + add + "\n"
    script += f"{count}\nEND;\n" if counted else ""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [program, "-n", "-M", "prepared", "-c", str(AT_ONCE), "-j", "2"]
        command += ["-T", str(max(1, round(seconds))), "-f", file.name, url]
        out = subprocess.run(command, capture_output=True, text=True, check=False)
    if found := re.search(r"tps = ([\d.]+)", out.stdout):
        return float(found[1])
    raise NoLoad(out.stdout + out.stderr)


def _one_connection(url: str, seconds: float, *, counted: bool) -> float:
    """As fast as one connection of SQLite commits: more connections only wait for one another."""
    with plain(f"sqlite:///{url}") as connection:
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = FULL")
        done, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_ADD.format(entry=done, request=f"'{began}-{done}'"))
            if counted:
                connection.execute(_COUNT.format(building=done % floor.BUILDINGS))
            connection.execute("COMMIT")
            done += 1
    return done / spent
