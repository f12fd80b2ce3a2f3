"""Going from door to door: what a door looks like from outside, and when it may not be knocked at again.

From outside a door has answered or has not; how it answered is nobody's business who stands before it
(DESIGN §4, rule 11). A household may ask not to be visited, and no household is pressed: after so many
attempts in vain nobody comes again unless the household itself asks for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .round import VisitOutcome

IN_VAIN = frozenset({VisitOutcome.NOT_HOME, VisitOutcome.REFUSED, VisitOutcome.INACCESSIBLE})
"""Outcomes that count against the number of attempts."""


class Answered(StrEnum):
    """How much of what a door is asked it has answered."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


class Unwelcome(StrEnum):
    """Why nobody may knock."""

    ASKED_NOT_TO = "asked_not_to"
    OFTEN_ENOUGH = "often_enough"


@dataclass(frozen=True, slots=True)
class Knock:
    """One attempt at the door."""

    outcome: VisitOutcome
    at: datetime


def answered(asked: int, done: int) -> Answered:
    """All, some or none of the open matters. A door that is asked nothing has nothing left to answer."""
    if done >= asked:
        return Answered.ALL
    return Answered.SOME if done else Answered.NONE


def unwelcome(
    knocks: Iterable[Knock], *, since: datetime, most: int, invited_at: datetime | None = None
) -> Unwelcome | None:
    """Why the door may not be knocked at; None when it may.

    "Please don't" holds for good; attempts in vain count since the rounds opened. What came before an
    invitation that is still open is forgiven.
    """
    counted = [knock for knock in knocks if invited_at is None or knock.at >= invited_at]
    if any(knock.outcome is VisitOutcome.DO_NOT_VISIT for knock in counted):
        return Unwelcome.ASKED_NOT_TO
    in_vain = sum(knock.outcome in IN_VAIN and knock.at >= since for knock in counted)
    return Unwelcome.OFTEN_ENOUGH if in_vain >= most else None


QUIET_DAILY = ("22:00", "09:30")
"""From when until when (Beijing time, past midnight) nobody is visited on any day."""
