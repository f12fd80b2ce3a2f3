"""How much is measured, and the rows in which it is told."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    seconds: float
    times: int
    pages: tuple[int, ...]
    closings: tuple[int, ...]
    imports: tuple[int, ...]
    evening_minutes: float
    crowd: float = 1.0
    """Share of the residents, watchers and tablets of the last evening."""
    voices: int = 6000

    def up_to(self, homes: int) -> "Plan":
        """The same without towns that are larger."""
        sizes = (tuple(n for n in few if n <= homes) for few in (self.pages, self.closings, self.imports))
        pages, closings, imports = sizes
        return replace(self, pages=pages, closings=closings, imports=imports)


SHORT = Plan(1, 1, (500, 4_813), (4_813,), (4_813,), 0.15, 0.03, 1500)
FULL = Plan(3, 3, (500, 4_813, 100_000, 1_000_000), (100_000, 1_000_000), (4_813, 100_000), 1.5, 1.0, 8_000)
AT_ONCE = 8
WARM = 200
"""Requests before anything is measured: templates and statements are compiled by them."""


@dataclass
class Line:
    """One row of the table: what, the figures, the floor's, and whether the target is met."""

    what: str
    unit: str
    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    target: str = ""
    met: bool | None = None
    notes: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.ours)

    @property
    def ratio(self) -> float | None:
        return self.median / statistics.median(self.floor) if self.floor else None


def p95(spent: Sequence[float]) -> float:
    """What 95 of 100 of these do not exceed."""
    return sorted(spent)[min(len(spent) - 1, int(len(spent) * 0.95))]
