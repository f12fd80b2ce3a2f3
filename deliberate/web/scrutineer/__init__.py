"""What a scrutineer does: certify the roll, sign the count sheet, recheck."""

from . import certifying, home
from .blueprint import bp

__all__ = ["bp", "certifying", "home"]
