"""Nobody is stamped past the deadline, however many try at once; 10,000 tries when whole."""

import pytest

from tests.deadline import race


def test_a_race_at_the_deadline_stamps_none_past_it(migrated_url: str) -> None:
    figures = race(migrated_url, 120)
    assert figures.faults == []
    assert figures.tries == 120


@pytest.mark.long
@pytest.mark.whole
def test_ten_thousand_tries_at_the_deadline_stamp_none_past_it(migrated_url: str) -> None:
    figures = race(migrated_url, 10_000)
    assert figures.faults == []
    assert figures.tries == 10_000
