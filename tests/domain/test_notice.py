"""How long a notice is shown."""

from datetime import UTC, datetime, timedelta

import pytest

from deliberate.domain.notice import counted_until

PUBLISHED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
UNTIL = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("posted_after", "days"),
    [
        (None, 0),
        (timedelta(0), 0),
        (timedelta(hours=13, minutes=59), 0),
        (timedelta(hours=14), 1),
        (timedelta(days=2), 2),
        (timedelta(days=-1), 0),
    ],
)
def test_a_period_counts_from_the_day_of_posting(posted_after: timedelta | None, days: int) -> None:
    posted_at = None if posted_after is None else PUBLISHED + posted_after
    assert counted_until(PUBLISHED, UNTIL, posted_at) == UNTIL + timedelta(days=days)
