"""Objections (异议) to a preliminary result, and what a recheck finds."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from .consent import Deed, Record, Standing, heads, standing


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


def voidable(records: Iterable[Record], contested: int | None = None) -> tuple[Record, ...]:
    """The standing answers of which an upheld objection voids one; of a contradiction none, it is not counted anyway.

    Where it names the record that it is about, only that one, or what staff have since put in its place: never what
    the household itself has answered instead.
    """
    every = {record.id: record for record in records}
    if standing(every.values()) is Standing.CONTRADICTION:
        return ()
    answers = (record for record in heads(every.values()) if record.answer is not None)
    return tuple(one for one in answers if contested is None or _carries(every, one, contested))


def _carries(every: Mapping[int, Record], record: Record, contested: int) -> bool:
    """Whether it is the contested record, a correction of it, or a settlement that rests on it alone."""
    if record.id == contested:
        return True
    older = [every[old] for old in record.supersedes]
    if record.deed in (Deed.CORRECTION, Deed.VOIDING):
        return any(_carries(every, one, contested) for one in older)
    upheld = [one for one in older if record.deed is Deed.SETTLEMENT and one.answer is record.answer]
    return bool(upheld) and all(_carries(every, one, contested) for one in upheld)
