"""What a resident does: raise, second, discuss, answer for the household, check."""

from . import home
from .blueprint import bp

__all__ = ["bp", "home"]
