"""A crew under suspicion: how far back its counted papers are suspended, and when all of them are.

A suspended paper counts for nothing until a person who recorded none of it has asked the household (DESIGN §4,
rules 6 and 8): genuine, it counts again by a record of its own; forged, it never does. Nor does one about which
nobody could be asked; a round is not closed before each has its finding, so that none is dropped without a word.
"""

from datetime import datetime
from enum import StrEnum

from .calendar import day_in_beijing

PROVEN = 2
"""Forgeries from which on nothing that the crew brought is believed unseen."""


class Reach(StrEnum):
    """Which of the papers that the crew has registered are suspended with it."""

    TODAY = "today"
    ALL = "all"
    NONE = "none"


class Finding(StrEnum):
    """What the household said when it was asked."""

    GENUINE = "genuine"
    FORGED = "forged"
    UNREACHED = "unreached"
    """Nobody could be asked: it does not count, and nothing is proven against the crew."""


def reaches(reach: Reach, recorded_at: datetime, now: datetime) -> bool:
    """Whether a paper that was registered then is suspended now."""
    if reach is Reach.TODAY:
        return day_in_beijing(recorded_at) >= day_in_beijing(now)
    return reach is Reach.ALL


def all_of_it(forgeries: int) -> bool:
    """Whether so many proven forgeries put everything of the crew in doubt."""
    return forgeries >= PROVEN
