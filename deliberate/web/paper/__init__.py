"""Paper for those who print it: the sheets of a round, posters of notices, letters of the whole community."""

from . import boards, consent_forms, letters, notices, rounds
from .blueprint import bp

__all__ = ["boards", "bp", "consent_forms", "letters", "notices", "rounds"]
