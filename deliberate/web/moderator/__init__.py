"""What a council moderator does: screen, run rounds, fix the plan, settle, publish."""

from . import (
    contradictions,
    council,
    counting,
    discussion,
    execution,
    home,
    ledger,
    objections,
    plans,
    round_forms,
    round_people,
    rounds,
    screening,
    scrutineers,
    settings,
    taking_down,
    wishes,
)
from .blueprint import bp

__all__ = [
    "bp",
    "contradictions",
    "council",
    "counting",
    "discussion",
    "execution",
    "home",
    "ledger",
    "objections",
    "plans",
    "round_forms",
    "round_people",
    "rounds",
    "screening",
    "scrutineers",
    "settings",
    "taking_down",
    "wishes",
]
