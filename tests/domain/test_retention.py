"""How long names and evidence are kept (DESIGN §3): 3 years where money is spent, else 1, as locked into the round."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.retention import kept_until, years_kept
from deliberate.domain.settings import Settings

TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("budget", "plain", "public", "years"),
    [(0, 1, 3, 1), (1, 1, 3, 3), (0, 5, 3, 5), (1, 5, 3, 5), (10_000_00, 2, 2, 2)],
)
def test_what_costs_money_is_kept_the_longer_of_the_two_times(
    budget: int, plain: int, public: int, years: int
) -> None:
    assert years_kept(Settings(keep_years=plain, keep_years_public_money=public), budget) == years


@given(TIMES, st.integers(1, 30))
def test_it_ends_at_the_same_hour_so_many_years_later(closed_at: datetime, years: int) -> None:
    until = kept_until(closed_at, years)
    assert until.year == closed_at.year + years
    assert until.time() == closed_at.time()
    leap = (closed_at.month, closed_at.day) == (2, 29)
    assert until - timedelta(days=leap and until.month == 3) >= closed_at + timedelta(days=365 * years)


def test_the_29th_of_february_is_kept_a_day_longer_never_shorter() -> None:
    closed_at = datetime(2024, 2, 29, 10, tzinfo=UTC)
    assert kept_until(closed_at, 1) == datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert kept_until(closed_at, 4) == datetime(2028, 2, 29, 10, tzinfo=UTC)
