"""Days in Beijing, where every period of a round begins and ends at midnight: 24:00 of its last day.

China has one time and no summer time, so a fixed offset is exact.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
_DAY = timedelta(days=1)


def day_in_beijing(moment: datetime) -> date:
    """The day that it is in Beijing."""
    return moment.astimezone(BEIJING).date()


def end_of(day: date) -> datetime:
    """24:00 of that day."""
    return datetime.combine(day + _DAY, time(0), BEIJING).astimezone(UTC)


def last_day_before(moment: datetime) -> date:
    """The day of a deadline at 24:00: the one that ends then, not the one that begins."""
    return day_in_beijing(moment - timedelta(microseconds=1))


def working_days_after(day: date, number: int) -> date:
    """The day so many working days (Monday to Friday) later; 0 is the day itself."""
    while number > 0:
        day += _DAY
        if day.weekday() < 5:
            number -= 1
    return day
