"""What a tablet tells of itself: read as told, and never more than that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deliberate.domain.sync import sequence
from deliberate.domain.tablet_report import LITTLE_ROOM, LONG, MOST_SKEW, Alarm, Told, alarms, read_report

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVEN = timedelta(0)


def raised(told: Told = Told(), *, came: Any = (1, 2, 3), **more: Any) -> tuple[Alarm, ...]:  # noqa: B008
    return alarms(told, sequence(came), **{"skew": EVEN, "last_seen": NOW, "now": NOW, **more})


def test_a_whole_report() -> None:
    told = read_report(
        {
            "waiting": 3,
            "evidence_waiting": 5,
            "delivered": 41,
            "oldest_waiting_at": "2026-03-02T18:00:00+08:00",
            "next_seq": 45,
            "unsent_from": 42,
            "persisted": True,
            "free_bytes": 10**9,
        }
    )
    assert told == Told(3, 5, 41, datetime(2026, 3, 2, 10, tzinfo=UTC), 44, True, 10**9, 42)


@pytest.mark.parametrize(
    "odd", ["yesterday", "2026-03-02T18:00:00", "0001-01-01T00:00:00+14:00", None, 7], ids=str
)
def test_what_is_no_moment_was_not_told(odd: object) -> None:
    assert read_report({"oldest_waiting_at": odd}).oldest_waiting_at is None


@pytest.mark.parametrize("odd", ["3", -1, True, None, 1.5], ids=str)
def test_what_is_no_number_was_not_told(odd: object) -> None:
    assert read_report({"waiting": odd, "next_seq": odd, "persisted": "yes"}) == Told()


def test_a_quiet_tablet_raises_nothing() -> None:
    assert raised() == ()
    assert raised(last_seen=None) == ()


def test_a_gap_is_the_gravest() -> None:
    assert raised(Told(persisted=False), came=(1, 3)) == (Alarm.MISSING, Alarm.NOT_KEPT)


@pytest.mark.parametrize("kind", ["waiting", "evidence_waiting"])
def test_what_waits_longer_than_a_day(kind: str) -> None:
    since = NOW - LONG
    assert raised(Told(**{kind: 1}, oldest_waiting_at=since)) == ()
    assert raised(Told(**{kind: 1}, oldest_waiting_at=since - timedelta(seconds=1))) == (Alarm.WAITS_LONG,)
    assert raised(Told(**{kind: 0}, oldest_waiting_at=since - LONG)) == ()
    assert raised(Told(**{kind: 1})) == ()


def test_a_tablet_with_records_that_is_not_heard() -> None:
    assert raised(Told(waiting=1), last_seen=NOW - LONG) == ()
    assert raised(Told(waiting=1), last_seen=NOW - LONG - timedelta(seconds=1)) == (Alarm.SILENT,)
    assert raised(Told(waiting=1), last_seen=None) == (Alarm.SILENT,)
    assert raised(Told(waiting=0), last_seen=NOW - 9 * LONG) == ()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_that_is_wrong_either_way(sign: int) -> None:
    assert raised(skew=sign * MOST_SKEW) == ()
    assert raised(skew=sign * (MOST_SKEW + timedelta(seconds=1))) == (Alarm.CLOCK_WRONG,)


def test_little_room() -> None:
    assert raised(Told(free_bytes=LITTLE_ROOM)) == ()
    assert raised(Told(free_bytes=LITTLE_ROOM - 1)) == (Alarm.LITTLE_ROOM,)
