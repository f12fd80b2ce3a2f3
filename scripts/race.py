"""A race at the deadline: `python scripts/race.py --tries 10000`, on SQLite and on a PostgreSQL of its own.

Exit 1 when a record is stamped at `answer_until` or later, or comes after counting began.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deliberate.migrate import upgrade
from tests.deadline import race
from tests.postgres import running_postgres


def main() -> int:
    """Race on each store and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tries", type=int, default=10_000)
    parser.add_argument("--only", choices=("sqlite", "postgres"), help="only this store")
    chosen = parser.parse_args()
    tries = chosen.tries
    with tempfile.TemporaryDirectory() as home, running_postgres(durable=True) as server:
        faults = 0
        for name, url in (
            ("sqlite", f"sqlite:///{home}/store.db"),
            ("postgres", server.url(server.create())),
        ):
            if chosen.only not in (None, name):
                continue
            upgrade(url)
            figures = race(url, tries, lambda line, name=name: print(f"{name}: {line}", flush=True))
            for fault in figures.faults[:20]:
                print(f"  {fault}")
            faults += len(figures.faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
