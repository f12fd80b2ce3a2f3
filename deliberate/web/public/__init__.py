"""What anyone may read: communities, matters, meetings, notices, pictures, results."""

from . import (
    communities,
    evidence,
    feeds,
    figures,
    ledger,
    matters,
    meetings,
    notices,
    pictures,
    recordings,
    results,
    rounds,
    words,
)
from .blueprint import bp

__all__ = [
    "bp",
    "communities",
    "evidence",
    "feeds",
    "figures",
    "ledger",
    "matters",
    "meetings",
    "notices",
    "pictures",
    "recordings",
    "results",
    "rounds",
    "words",
]
