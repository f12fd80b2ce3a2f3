"""The tally of one electorate on a frozen roll: exact integers, every entry in exactly one place.

Two weights: `one` (each entry counts 1) and `area` (in hundredths of a square metre: 1 unit =
0.01 m²), so that nothing is ever a float. Percentages for people round down (DESIGN §4, rule 3).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .consent import Standing


@dataclass(frozen=True, slots=True)
class Weight:
    """So many entries, with so much area (in 0.01 m²)."""

    one: int = 0
    area: int = 0

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(self.one + other.one, self.area + other.area)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by standing; `roll` is their sum, the denominator as frozen at opening."""

    agree: Weight = Weight()
    disagree: Weight = Weight()
    abstain: Weight = Weight()
    contradiction: Weight = Weight()
    withdrawn: Weight = Weight()
    invalid: Weight = Weight()
    late: Weight = Weight()
    silent: Weight = Weight()

    @property
    def no_response(self) -> Weight:
        """未表态: the silent, with the contradictory, withdrawn, late and invalid as parts."""
        return self.silent + self.contradiction + self.withdrawn + self.late + self.invalid

    @property
    def participating(self) -> Weight:
        """Entries whose answer counts: agree + disagree + abstain."""
        return self.agree + self.disagree + self.abstain

    @property
    def roll(self) -> Weight:
        """Every entry: agree + disagree + abstain + no response."""
        return self.participating + self.no_response


def count(entries: Iterable[tuple[Standing, int]]) -> Tally:
    """Tally (standing, area in 0.01 m²) of every entry on the roll."""
    ones = dict.fromkeys(Standing, 0)
    areas = dict.fromkeys(Standing, 0)
    for stands, area in entries:
        ones[stands] += 1
        areas[stands] += area
    return Tally(**{s.value: Weight(ones[s], areas[s]) for s in Standing})


def need(base: int, num: int, den: int, *, strict: bool = False) -> int:
    """The least whole number that passes num/den of `base`: at least it, or more than it when strict."""
    if strict:
        return base * num // den + 1
    return -(-base * num // den)


def hundredths_down(part: int, whole: int) -> int:
    """Share in hundredths of a percent, rounded down: 7,998 is 79.98 %, and 79.999 % is 7,999."""
    if whole <= 0:
        return 0
    return part * 10000 // whole


def percent_down(part: int, whole: int) -> str:
    """Share for people, rounded down to two places, without needless noughts: `79.98`, `80`."""
    hundredths = hundredths_down(part, whole)
    units, rest = divmod(hundredths, 100)
    return f"{units}.{rest:02d}".rstrip("0").rstrip(".")
