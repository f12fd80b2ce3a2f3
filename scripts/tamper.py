"""The tamper matrix: every class of tampering, so many random trials, found by the verifier alone or not.

python scripts/tamper.py --trials 1000 --processes 2
"""

import argparse
import sys
import time
from multiprocessing import Pool
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.proof.tampering import CLASSES, Found, trial, worlds


def of_class(task: tuple[str, int, int, int]) -> tuple[str, Found]:
    """All trials of one class."""
    name, trials, number, households = task
    found, among = Found(), worlds(number, households)
    for seed in range(trials):
        trial(name, among, seed, found)
    return name, found


def main() -> int:
    """Print the table; 1 when an alteration was not found with the heads anchored."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--worlds", type=int, default=60, help="true rounds to alter")
    parser.add_argument("--households", type=int, default=40)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", help="classes whose name has this in it")
    parser.add_argument("--after", type=int, default=0, help="leave out so many classes of the list")
    said = parser.parse_args()
    names = [name for name in list(CLASSES)[said.after :] if not said.only or said.only in name]
    tasks = [(name, said.trials, said.worlds, said.households) for name in names]
    start, missed = time.monotonic(), 0
    print(
        "| alteration | trials | folder alone | with anchored heads | household's receipt alone | most often by |"
    )
    print("|---|---|---|---|---|---|")
    with Pool(said.processes) as pool:
        for name, found in pool.imap(of_class, tasks):
            first = max(found.reasons or {"—": 0}, key=lambda one: (found.reasons or {}).get(one, 0))
            receipts = f"{found.receipts} of {found.with_receipts}" if found.with_receipts else "—"
            print(
                f"| {name} | {found.trials} | {found.folder} | {found.any} | {receipts} | {first} |",
                flush=True,
            )
            missed += found.trials - found.any
    print(
        f"\n{len(names)} classes, {missed} not found with the heads anchored; {time.monotonic() - start:.0f} s"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
