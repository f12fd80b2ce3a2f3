"""What a registrar does: import and certify the roll, letters, people."""

from . import (
    certifying,
    chosen_deliveries,
    chosen_letters,
    context,
    home,
    household,
    importing,
    leaving_out,
    letters,
    members,
    owners,
    people,
    roll,
)
from .blueprint import bp

__all__ = [
    "bp",
    "certifying",
    "chosen_deliveries",
    "chosen_letters",
    "context",
    "home",
    "household",
    "importing",
    "leaving_out",
    "letters",
    "members",
    "owners",
    "people",
    "roll",
]
