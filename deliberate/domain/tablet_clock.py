"""When something happened on a tablet whose clock may be wrong by days.

The result is printed on the record and decides nothing: order and lateness are the server's own (DESIGN §4,
rule 10). Within one load of the page a monotonic counter is right whatever becomes of the wall clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_LOAD = timedelta(days=60)
"""A page that claims to have been open for longer is not believed."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """One moment as the tablet wrote it down."""

    wall: datetime
    mono_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """The load of the page in which a record was sealed."""

    boot_id: str = ""
    server_time: datetime | None = None
    """The last time that the server told within it, at `mono_at_server_time`."""
    mono_at_server_time: int | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """The delivery: when it came, and what the tablet's clocks said when it was sent."""

    received_at: datetime
    skew: timedelta = timedelta(0)
    boot_id: str = ""
    mono_ms: int | None = None


def skew(sent_at: datetime | None, received_at: datetime) -> timedelta:
    """How far the tablet's clock is ahead, to the second (the way through the air is part of it)."""
    if sent_at is None:
        return timedelta(0)
    return timedelta(seconds=round((sent_at - received_at).total_seconds()))


def happened(stamp: Stamp, load: Load, sending: Sending) -> datetime:
    """The moment by the server's clock, as well as it can be known; never after the delivery."""
    try:
        found = _by_counter(stamp, load, sending) or _by_told_time(stamp, load) or stamp.wall - sending.skew
    except OverflowError:
        return sending.received_at
    return min(found, sending.received_at)


def _by_counter(stamp: Stamp, load: Load, sending: Sending) -> datetime | None:
    """Sealed and sent within one load: so long ago by the counter."""
    if stamp.mono_ms is None or sending.mono_ms is None or not load.boot_id:
        return None
    ago = _milliseconds(sending.mono_ms - stamp.mono_ms)
    if load.boot_id != sending.boot_id or ago is None:
        return None
    return sending.received_at - ago


def _by_told_time(stamp: Stamp, load: Load) -> datetime | None:
    """Sealed so long after the server told the time."""
    if stamp.mono_ms is None or load.server_time is None or load.mono_at_server_time is None:
        return None
    since = _milliseconds(stamp.mono_ms - load.mono_at_server_time)
    return None if since is None else load.server_time + since


def _milliseconds(count: int) -> timedelta | None:
    span = timedelta(milliseconds=max(-(10**12), min(count, 10**12)))
    return span if timedelta(0) <= span <= LONGEST_LOAD else None


def printable(moment: datetime, opened_at: datetime, answer_until: datetime) -> datetime:
    """The time of signing as it is printed: within the time in which this round could be signed at all."""
    return max(opened_at, min(moment, answer_until - timedelta(seconds=1)))
