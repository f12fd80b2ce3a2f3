"""kill -9 of the application and of PostgreSQL under load: `python scripts/crash.py --kills 300`.

A third of the kills each: the application over SQLite, the application over PostgreSQL, PostgreSQL itself.
Households answer over HTTP and repeat each answer until it is acknowledged. Exit 1 when an acknowledged answer
is lost, stored twice or stored as another.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.crash.run import RUNS


def main() -> int:
    """Run the kills and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--only", choices=RUNS, help="only this victim")
    chosen = parser.parse_args()
    names = [chosen.only] if chosen.only else list(RUNS)
    failed = False
    for n, name in enumerate(names):
        kills = chosen.kills // len(names) + (n < chosen.kills % len(names))
        figures = RUNS[name](kills, lambda line, name=name: print(f"{name}: {line}", flush=True))
        print(f"{name}: {figures}", flush=True)
        for fault in figures.faults[:20]:
            print(f"  {fault}")
        failed = failed or bool(figures.faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
