"""What a scrutineer does: certify the roll, sign the count sheet, recheck."""

from . import (
    certifying,
    home,
    objections,
    sheets,
)
from .blueprint import bp

__all__ = [
    "bp",
    "certifying",
    "home",
    "objections",
    "sheets",
]
