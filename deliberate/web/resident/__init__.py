"""What a resident does: raise, second, discuss, answer for the household, check."""

from . import answering, checking, home, rounds, visits
from .blueprint import bp

__all__ = ["answering", "bp", "checking", "home", "rounds", "visits"]
