"""`python -m tests.bench`: the whole table, or some rows of it; refuses to measure a busy machine.

python -m tests.bench --short --anyway     what `make bench` runs: does every row still work?
python -m tests.bench                      what `make bench-full` runs: figures, kept in RESULTS.md
python -m tests.bench --only answer,page   some rows
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from . import lists, machine, report, rows
from .worlds import Stores

ROWS = {**rows.ROWS, "lists": lists.pages_of_lists, "import": lists.importing}


def main() -> int:
    """0 when everything ran and, in a full run, every target was met."""
    asked = _arguments()
    plan = (rows.SHORT if asked.short else rows.FULL).up_to(asked.most)
    about = machine.described()
    if not asked.anyway:
        try:
            machine.refuse_busy()
        except machine.Busy as busy:
            print(busy, file=sys.stderr)
            return 2
    began, found = time.perf_counter(), {}
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        stores = Stores(Path(folder))
        for name in asked.only.split(",") if asked.only else ROWS:
            found[name] = ROWS[name](stores, plan)
            print(report.text(found[name]), flush=True)
    about["seconds"] = f"{time.perf_counter() - began:.0f}"
    about["busy"] = "not asked" if asked.anyway else "no"
    if not asked.short:
        report.keep(found, about, sys.argv[1:])
    missed = [line for lines in found.values() for line in lines if line.met is False]
    return 1 if missed and not asked.short else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a minute; figures mean nothing")
    parser.add_argument("--anyway", action="store_true", help="measure a busy machine")
    parser.add_argument("--only", default="", help=f"some of {', '.join(ROWS)}")
    parser.add_argument("--most", type=int, default=10**9, help="homes of the largest town")
    parser.add_argument("--folder", default=None, help="where the stores are made (8 GB for a full run)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
