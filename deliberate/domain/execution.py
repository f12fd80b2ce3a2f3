"""Carrying out an adopted matter: ratings, and money against the budget."""

from enum import StrEnum


class Rating(StrEnum):
    """How a household finds the result."""

    SATISFIED = "satisfied"
    FAIR = "fair"
    UNSATISFIED = "unsatisfied"
