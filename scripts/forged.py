"""A consent forged for a silent household: how likely it is that somebody notices.

    python scripts/forged.py                     exact figures
    python scripts/forged.py --trials 20000      and the same by drawing lots, to check them

What no mathematics can see, people can. Of F forged households, each independently
  - left an address and reads the notice of its "answer", and says so, with probability NOTICE;
  - looks at its own record with its code, and says so, with probability CHECK;
and the spot check asks n of the Y reported consents again (risk limit 5 %, k = 0). A forged household that is asked
does not confirm; nor does one that cannot be reached (vacant homes are forged most easily). A full recheck lays every
form beside its record and writes to every household; a forged form is not found by that, so it is counted here as
what the notices find.

The least F that turns an outcome is Y - T + 1; whoever forges fewer changes nothing but is found less often.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deliberate.domain.spot_check import least_sample, passes
from deliberate.domain.tally import need

LIMIT = Fraction(5, 100)
ROLLS, SHARES = (500, 4_813, 100_000), (81, 85, 90)
PEOPLE = (
    ("nobody looks", Fraction(0), Fraction(0)),
    ("few look", Fraction(3, 100), Fraction(1, 100)),
    ("some look", Fraction(15, 100), Fraction(10, 100)),
)
"""NOTICE (an address was left, times it is read and answered) and CHECK."""


@dataclass(frozen=True)
class Case:
    """A reported result, and so many forged consents in it."""

    roll: int
    agree: int
    turning: int
    forged: int
    sample: int

    @property
    def by_sample(self) -> Fraction:
        """That the spot check meets a forged one."""
        return 1 - passes(self.agree, self.forged, self.sample, 0)

    def by_people(self, notice: Fraction, check: Fraction) -> Fraction:
        """That at least one forged household says so by itself."""
        return 1 - ((1 - notice) * (1 - check)) ** self.forged

    def found(self, notice: Fraction, check: Fraction) -> Fraction:
        """By notice, receipt or spot check."""
        return 1 - (1 - self.by_sample) * (1 - self.by_people(notice, check))


def cases() -> Iterator[Case]:
    """Each roll and share; one forged consent, and as many as turn the outcome."""
    for roll in ROLLS:
        for share in SHARES:
            agree = (roll * share + 50) // 100
            turning = agree - need(roll, 4, 5) + 1
            sample = least_sample(agree, turning, 0, LIMIT)
            assert sample is not None
            for forged in (1, turning):
                yield Case(roll, agree, turning, forged, sample)


def drawn(case: Case, notice: Fraction, check: Fraction, trials: int, rng: Random) -> float:
    """The same by lots: who looks, and who is in the sample."""
    hits, asks = 0, float((1 - notice) * (1 - check))
    for _ in range(trials):
        looked = any(rng.random() >= asks for _ in range(case.forged)) if asks < 1 else False
        hits += looked or any(one < case.forged for one in rng.sample(range(case.agree), case.sample))
    return hits / trials


def percent(chance: Fraction) -> str:
    """Rounded down to a tenth, so that nothing is said to be certain."""
    tenths = chance.numerator * 1000 // chance.denominator
    return f"{tenths // 10}.{tenths % 10} %"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=0)
    trials, rng = parser.parse_args().trials, Random(2026)
    print("| households | reported | forged | asked again | spot check alone |", end="")
    print("".join(f" {name}: notices and receipts | all three |" for name, *_ in PEOPLE[1:]))
    print("|---" * (5 + 2 * (len(PEOPLE) - 1)) + "|")
    for case in cases():
        note = " (turns it)" if case.forged == case.turning else ""
        row = [
            f"{case.roll:,}",
            f"{case.agree:,}",
            f"{case.forged:,}{note}",
            str(case.sample),
            percent(case.by_sample),
        ]
        for _, notice, check in PEOPLE[1:]:
            row.append(percent(case.by_people(notice, check)))
            lots = f" ({drawn(case, notice, check, trials, rng):.3f})" if trials else ""
            row.append(percent(case.found(notice, check)) + lots)
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
