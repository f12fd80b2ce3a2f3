"""What a council moderator does: screen, run rounds, fix the plan, settle, publish."""

from . import (
<<<<<<< HEAD
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
=======
    contradictions,
    council,
    discussion,
    home,
    plans,
    round_forms,
    round_people,
    rounds,
    screening,
    settings,
    taking_down,
    wishes,
>>>>>>> main
)
from .blueprint import bp

__all__ = [
    "bp",
<<<<<<< HEAD
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
=======
    "contradictions",
    "council",
    "discussion",
    "home",
    "plans",
    "round_forms",
    "round_people",
    "rounds",
    "screening",
    "settings",
    "taking_down",
    "wishes",
>>>>>>> main
]
