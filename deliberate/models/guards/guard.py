"""A guard: a named requirement of one table, which the store itself holds.

Conditions are written once, in SQL that both stores read alike. A guard asks what *must* be true, never what
must not: an unknown (NULL) is then a refusal, on both stores.
"""

from dataclasses import dataclass
from typing import Literal

Event = Literal["INSERT", "UPDATE", "DELETE"]
Store = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class Guard:
    """`on` its event, and `when` it applies, `must` has to be true; else refused, its name first."""

    name: str
    table: str
    on: Event
    must: str
    says: str
    when: str = "TRUE"
    after: bool = False
    """Judged on the row as it then stands, for what views over the store are asked."""
    only: Store | None = None

    @property
    def text(self) -> str:
        """The refusal, as the store gives it."""
        return f"{self.name}: {self.says}"


def same(*columns: str) -> str:
    """None of the columns changes; never NULL, and JSON compares as written."""
    return " AND ".join(
        f"COALESCE(CAST(NEW.{c} AS text) = CAST(OLD.{c} AS text), NEW.{c} IS NULL AND OLD.{c} IS NULL)"
        for c in columns
    )


def in_round(condition: str, round_id: str = "NEW.consent_round_id") -> str:
    """The round, as `r`, is such."""
    return f"EXISTS (SELECT 1 FROM consent_round r WHERE r.id = {round_id} AND ({condition}))"


def certified(round_id: str) -> str:
    """Somebody has certified the roll of the round."""
    return f"EXISTS (SELECT 1 FROM roll_certificate k WHERE k.consent_round_id = {round_id})"
