"""Paper for those who print it: the sheets of a round, posters of notices, letters of the whole community."""

from flask import Flask

from . import consent_forms, notices, printing, rounds
from .blueprint import bp

__all__ = ["bp", "consent_forms", "install", "notices", "printing", "rounds"]


def install(app: Flask) -> None:
    """Give the templates what bilingual sheets are made of."""
    printing.install(app)
