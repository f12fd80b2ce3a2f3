"""What a council moderator does: screen, run rounds, fix the plan, settle, publish."""

from . import (
    council,
    counting,
    discussion,
    execution,
    home,
    objections,
    plans,
    screening,
    settings,
    taking_down,
)
from .blueprint import bp

__all__ = [
    "bp",
    "council",
    "counting",
    "discussion",
    "execution",
    "home",
    "objections",
    "plans",
    "screening",
    "settings",
    "taking_down",
]
