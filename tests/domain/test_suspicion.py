"""How far a suspicion reaches back, and when it reaches everything."""

from datetime import UTC, datetime, timedelta

import pytest

from deliberate.domain.suspicion import PROVEN, Reach, all_of_it, reaches

MORNING = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
"""Half past midnight on the third in Beijing."""


@pytest.mark.parametrize(
    ("reach", "minutes", "reached"),
    [
        (Reach.TODAY, 20, True),
        (Reach.TODAY, 40, False),
        (Reach.ALL, 60 * 24 * 9, True),
        (Reach.NONE, 0, False),
    ],
)
def test_today_is_the_day_in_beijing(reach: Reach, minutes: int, reached: bool) -> None:
    assert reaches(reach, MORNING - timedelta(minutes=minutes), MORNING) is reached


def test_two_proven_forgeries_are_enough() -> None:
    assert [all_of_it(n) for n in range(PROVEN + 1)] == [False, False, True]
