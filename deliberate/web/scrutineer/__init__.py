"""What a scrutineer does: certify the roll, sign the count sheet, recheck."""

from . import home, objections, sheets
from .blueprint import bp

__all__ = ["bp", "home", "objections", "sheets"]
