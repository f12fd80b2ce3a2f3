"""`python -m tests.bench`: the whole table, or some rows of it; refuses to measure a busy machine.

python -m tests.bench --short --anyway     what `make bench` runs: does every row still work?
python -m tests.bench                      what `make bench-full` runs: figures, kept in RESULTS.md
python -m tests.bench --only answer,page   some rows
python -m tests.bench --store postgres     the same on a PostgreSQL of its own
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import PostgresServer, PostgresUnavailable, running_postgres

from . import delivering, evening, far, growing, limits, lines, lists, machine, report, rows
from .words import say
from .worlds import Stores

ROWS = {
    "limits": limits.store_limits,
    **rows.ROWS,
    "lists": lists.pages_of_lists,
    "import": lists.importing,
    "evening": evening.last_evening,
    "deliver": delivering.as_rows,
    "grow": growing.one_by_one,
    "far": far.far,
}
SERVER = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "15min", "work_mem": "64MB"}
"""Of the PostgreSQL that is measured: every commit on the disk, memory as on a small server."""


def main() -> int:
    """0 when everything ran and, in a full run, every target was met."""
    asked = _arguments()
    plan = (lines.SHORT if asked.short else lines.FULL).up_to(asked.most)
    about = machine.described()
    if not asked.anyway:
        try:
            machine.refuse_busy()
        except machine.Busy as busy:
            print(busy, file=sys.stderr)
            return 2
    began, found = time.perf_counter(), {}
    with _folder(asked.folder) as folder, _server(asked.store) as server:
        stores = Stores(folder, server)
        for name in asked.only.split(",") if asked.only else ROWS:
            since = time.perf_counter()
            found[name] = ROWS[name](stores, plan)
            print(report.text(found[name]), flush=True)
            say(f"{name}: {time.perf_counter() - since:.0f} s")
    about["store"] = asked.store
    about["seconds"] = f"{time.perf_counter() - began:.0f}"
    about["busy"] = "not asked" if asked.anyway else "no"
    if not asked.short:
        report.keep(found, about, sys.argv[1:])
    missed = [line for some in found.values() for line in some if line.met is False]
    return 1 if missed and not asked.short else 0


@contextmanager
def _folder(named: str | None) -> Iterator[Path]:
    """A folder of its own that goes with the run; or the one that was named, where towns stay for the next."""
    if named:
        Path(named).mkdir(parents=True, exist_ok=True)
        yield Path(named)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextmanager
def _server(store: str) -> Iterator[PostgresServer | None]:
    if store == "sqlite":
        yield None
        return
    try:
        with running_postgres(durable=True, **SERVER) as server:
            yield server
    except PostgresUnavailable as reason:
        sys.exit(f"no PostgreSQL here: {reason}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a minute; figures mean nothing")
    parser.add_argument("--anyway", action="store_true", help="measure a busy machine")
    parser.add_argument("--only", default="", help=f"some of {', '.join(ROWS)}")
    parser.add_argument("--most", type=int, default=10**9, help="homes of the largest town")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument(
        "--folder", default=None, help="where the stores are made and stay (10 GB for a full run)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
