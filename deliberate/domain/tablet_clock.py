"""When something happened on a tablet whose clock may be wrong by days.

The order of records is the server's own. Whether a paper was signed before the deadline is asked only of what
arrives after it (docs/decisions/006): what is certain decides, and where nothing is certain a person does. Counters
of a page stand still while the tablet sleeps, so they give bounds: never how long ago at most, always at least.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

LONGEST_LOAD = timedelta(days=60)
"""A page that claims to have been open for longer is not believed."""
ON_THE_WAY = timedelta(minutes=1)
"""How long a reply or a batch may have been in the air."""
STEADY = timedelta(minutes=5)
"""How far a wall clock may have drifted from the skew that was last measured."""


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
    skew_before: timedelta | None = None
    """What the skew was when the tablet was heard the time before; between the two it may have sealed."""


class Signed(StrEnum):
    """When a paper was signed, as far as its deadline asks."""

    IN_TIME = "in_time"
    LATE = "late"
    UNSURE = "unsure"


def skew(sent_at: datetime | None, received_at: datetime) -> timedelta:
    """How far the tablet's clock is ahead, to the second (the way through the air is part of it)."""
    if sent_at is None:
        return timedelta(0)
    return timedelta(seconds=round((sent_at - received_at).total_seconds()))


def happened(stamp: Stamp, load: Load, sending: Sending) -> datetime:
    """The moment by the server's clock, as well as it can be known; never after the delivery.

    It is what the wall clock said, by a skew that was measured, as long as the counters allow it. They count on only
    while the tablet is awake, so they tell the moment itself only of a clock that cannot have been right.
    """
    try:
        earliest, latest = _certain(stamp, stamp, load, sending)
        for wall in (stamp.wall - skew for skew in _skews(sending)):
            if earliest <= wall + STEADY and wall - STEADY <= latest:
                return min(max(wall, earliest), latest)
        counted = _by_counter(stamp, load, sending) or _by_told_time(stamp, load)
        return min(counted or stamp.wall - sending.skew, latest)
    except OverflowError:
        return sending.received_at


def _skews(sending: Sending) -> list[timedelta]:
    """Those that were measured around the moment, the last one first."""
    return [sending.skew] if sending.skew_before is None else [sending.skew, sending.skew_before]


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


def signed_when(
    stamp: Stamp, sealed: Stamp, load: Load, sending: Sending, opened_at: datetime, until: datetime
) -> Signed:
    """Whether it was signed before `until`: by what is certain, else by the corrected clock where it is steady."""
    earliest, latest = _certain(stamp, sealed, load, sending)
    earliest = max(earliest, opened_at)
    if latest < until:
        return Signed.IN_TIME
    if earliest >= until:
        return Signed.LATE
    first, last = _by_wall(stamp, sending)
    first, last = max(first, earliest), min(last, latest)
    if first > last:
        return Signed.UNSURE  # the wall clock contradicts what is certain
    if last < until:
        return Signed.IN_TIME
    return Signed.LATE if first >= until else Signed.UNSURE


def _certain(stamp: Stamp, sealed: Stamp, load: Load, sending: Sending) -> tuple[datetime, datetime]:
    """Not before the first moment, not after the second, whatever the wall clock says."""
    earliest, latest = datetime.min.replace(tzinfo=UTC), sending.received_at
    for moment in (stamp, sealed):
        if counted := _by_counter(moment, load, sending):
            latest = min(latest, counted)
        since = _since_told(moment, load)
        if since is None or load.server_time is None:
            continue
        if since < timedelta(0):
            latest = min(latest, load.server_time + since + ON_THE_WAY)
        elif moment is stamp:
            earliest = load.server_time + since
    return earliest, latest


def _since_told(stamp: Stamp, load: Load) -> timedelta | None:
    """How long after the server told the time, by the counter of the page; negative before."""
    if stamp.mono_ms is None or load.mono_at_server_time is None:
        return None
    return timedelta(milliseconds=max(-(10**9), min(stamp.mono_ms - load.mono_at_server_time, 10**9)))


def _by_wall(stamp: Stamp, sending: Sending) -> tuple[datetime, datetime]:
    """Between which moments it was, if the skew was always one that was measured."""
    skews = _skews(sending)
    try:
        return stamp.wall - max(skews) - STEADY, stamp.wall - min(skews) + STEADY
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC), sending.received_at


def printable(moment: datetime, opened_at: datetime, answer_until: datetime) -> datetime:
    """The time of signing as it is printed: within the time in which this round could be signed at all."""
    return max(opened_at, min(moment, answer_until - timedelta(seconds=1)))
