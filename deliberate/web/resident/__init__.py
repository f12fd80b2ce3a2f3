"""What a resident does: raise, second, discuss, answer for the household, check."""

from . import discussing, home, proposing
from .blueprint import bp

__all__ = ["bp", "discussing", "home", "proposing"]
