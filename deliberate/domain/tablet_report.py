"""What a tablet says of itself, and what in it the office must not overlook.

A tablet may be lost, full or wrong about the time; what it told last is shown as told, and never believed further.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from .sync import Sequence

LONG = timedelta(hours=24)
"""How long a record may wait on a tablet, and a tablet with records may be silent."""
MOST_SKEW = timedelta(minutes=5)
LITTLE_ROOM = 200 * 1024 * 1024
"""Bytes; an evening's photographs."""


class Alarm(StrEnum):
    """What somebody must look after."""

    MISSING = "missing"
    WAITS_LONG = "waits_long"
    SILENT = "silent"
    CLOCK_WRONG = "clock_wrong"
    NOT_KEPT = "not_kept"
    LITTLE_ROOM = "little_room"


LOUD = frozenset({Alarm.MISSING, Alarm.WAITS_LONG, Alarm.SILENT})
"""Records may be lost."""
TROUBLED = LOUD | {Alarm.CLOCK_WRONG}
"""Somebody must look at the tablet."""


@dataclass(frozen=True, slots=True)
class Told:
    """A tablet's own words; None where it said nothing."""

    waiting: int | None = None
    evidence_waiting: int | None = None
    delivered: int | None = None
    oldest_waiting_at: datetime | None = None
    made: int | None = None
    """Records that it has sealed."""
    persisted: bool | None = None
    """Whether its browser promised to keep them."""
    free_bytes: int | None = None
    unsent_from: int | None = None
    """The number below which it has nothing left to send."""


def read_report(report: Mapping[str, Any]) -> Told:
    """The report as kept; what is of another kind was not told."""
    next_seq = _number(report.get("next_seq"))
    persisted = report.get("persisted")
    return Told(
        waiting=_number(report.get("waiting")),
        evidence_waiting=_number(report.get("evidence_waiting")),
        delivered=_number(report.get("delivered")),
        oldest_waiting_at=_moment(report.get("oldest_waiting_at")),
        made=next_seq - 1 if next_seq else None,
        persisted=persisted if isinstance(persisted, bool) else None,
        free_bytes=_number(report.get("free_bytes")),
        unsent_from=_number(report.get("unsent_from")),
    )


def _number(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def alarms(
    told: Told, had: Sequence, *, skew: timedelta, last_seen: datetime | None, now: datetime
) -> tuple[Alarm, ...]:
    """What is wrong, the gravest first."""
    oldest = told.oldest_waiting_at
    waiting = bool(told.waiting or told.evidence_waiting)
    found = {
        Alarm.MISSING: bool(had.missing),
        Alarm.WAITS_LONG: waiting and oldest is not None and now - oldest > LONG,
        Alarm.SILENT: waiting and (last_seen is None or now - last_seen > LONG),
        Alarm.CLOCK_WRONG: abs(skew) > MOST_SKEW,
        Alarm.NOT_KEPT: told.persisted is False,
        Alarm.LITTLE_ROOM: told.free_bytes is not None and told.free_bytes < LITTLE_ROOM,
    }
    return tuple(alarm for alarm, holds in found.items() if holds)
