"""What a scrutineer does: certify the roll, sign the count sheet, recheck."""

from . import (
    certifying,
    form_stack,
    home,
    objections,
    revisits,
    sheets,
    spot_checks,
)
from .blueprint import bp

__all__ = [
    "bp",
    "certifying",
    "form_stack",
    "home",
    "objections",
    "revisits",
    "sheets",
    "spot_checks",
]
