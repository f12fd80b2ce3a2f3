"""What a resident does: raise, second, discuss, answer for the household, check."""

from . import (
    answering,
    asking,
    checking,
    contacts,
    discussing,
    evaluating,
    home,
    objecting,
    proposing,
    proving,
    rounds,
    visits,
    withdrawing,
)
from .blueprint import bp

__all__ = [
    "answering",
    "asking",
    "bp",
    "checking",
    "contacts",
    "discussing",
    "evaluating",
    "home",
    "objecting",
    "proposing",
    "proving",
    "rounds",
    "visits",
    "withdrawing",
]
