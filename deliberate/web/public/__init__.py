"""What anyone may read: communities, matters, meetings, notices, pictures, results."""

from . import communities, evidence, ledger, matters, meetings, notices, pictures, results, rounds
from .blueprint import bp

__all__ = [
    "bp",
    "communities",
    "evidence",
    "ledger",
    "matters",
    "meetings",
    "notices",
    "pictures",
    "results",
    "rounds",
]
