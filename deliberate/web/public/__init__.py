"""What anyone may read: communities, matters, notices, results."""

from . import communities, evidence, matters, notices, rounds
from .blueprint import bp

__all__ = ["bp", "communities", "evidence", "matters", "notices", "rounds"]
