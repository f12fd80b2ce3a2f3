"""Days in Beijing: they begin and end at midnight there, whatever UTC says."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.calendar import BEIJING, day_in_beijing, end_of, last_day_before, working_days_after


def test_the_day_in_beijing_begins_at_16_utc() -> None:
    assert day_in_beijing(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert day_in_beijing(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_24_00_is_the_last_moment_of_its_day(day: date) -> None:
    end = end_of(day)
    assert end.astimezone(BEIJING).timetz().isoformat() == "00:00:00+08:00"
    assert last_day_before(end) == day
    assert day_in_beijing(end) == day + timedelta(days=1)
    assert last_day_before(end - timedelta(hours=1)) == day


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
        (date(2026, 3, 2), 1, date(2026, 3, 3)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),
        (date(2026, 3, 8), 0, date(2026, 3, 8)),
        (date(2026, 3, 2), 5, date(2026, 3, 9)),
    ],
)
def test_working_days_pass_over_the_weekend(day: date, number: int, expected: date) -> None:
    assert working_days_after(day, number) == expected


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 30))
def test_a_working_day_is_never_a_weekend(day: date, number: int) -> None:
    after = working_days_after(day, number)
    assert after.weekday() < 5
    between = (day + timedelta(days=n) for n in range(1, (after - day).days + 1))
    assert sum(1 for d in between if d.weekday() < 5) == number
