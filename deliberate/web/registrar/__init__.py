"""What a registrar does: import and certify the roll, letters, people."""

from . import context, home, household, importing, letters, members, people, roll
from .blueprint import bp

__all__ = ["bp", "context", "home", "household", "importing", "letters", "members", "people", "roll"]
