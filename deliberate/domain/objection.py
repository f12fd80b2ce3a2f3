"""Objections (异议) to a preliminary result, and what a recheck finds."""

from enum import StrEnum


class ObjectionKind(StrEnum):
    """What is objected to."""

    NOT_US = "not_us"
    WRONG_ANSWER = "wrong_answer"
    DUPLICATE = "duplicate"
    ROLL = "roll"
    PROCEDURE = "procedure"


class Finding(StrEnum):
    """What the recheck found."""

    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"


VOIDS = frozenset({ObjectionKind.NOT_US, ObjectionKind.WRONG_ANSWER, ObjectionKind.DUPLICATE})
"""Kinds which, when upheld, void a recorded consent. Nothing ever replaces it after closing."""
