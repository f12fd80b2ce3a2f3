"""What people are told, how soon, and what nobody can switch off."""

from datetime import date, datetime

import pytest

from deliberate.domain import messages
from deliberate.domain.calendar import BEIJING
from deliberate.domain.news import (
    ALWAYS,
    TOPICS,
    USUAL,
    Pace,
    Topic,
    at_most,
    digest_day,
    pace_of,
    topic_of,
)

NOTHING = dict.fromkeys((topic.value for topic in Topic), Pace.IN_APP.value)


def test_every_message_has_a_topic_or_is_sent_always() -> None:
    assert set(messages.MESSAGES) == set(TOPICS) | ALWAYS
    assert not set(TOPICS) & ALWAYS
    assert set(USUAL) == set(Topic)


@pytest.mark.parametrize("kind", sorted(ALWAYS))
def test_what_guards_a_voice_is_sent_at_once_whatever_was_chosen(kind: str) -> None:
    assert topic_of(kind) is None
    assert pace_of(kind, NOTHING) is Pace.AT_ONCE


def test_the_rest_is_sent_as_chosen_else_as_usual() -> None:
    assert pace_of("comment_replied", {}) is Pace.DAILY
    assert pace_of("duty", {}) is Pace.AT_ONCE
    assert pace_of("duty", NOTHING) is Pace.IN_APP
    assert pace_of("a kind without a topic", {"own_matters": "at_once"}) is Pace.AT_ONCE


def test_choosing_less_never_chooses_more() -> None:
    assert at_most(Pace.IN_APP, {}) == NOTHING
    assert at_most(Pace.DAILY, {"talk": "in_app"}) == {
        "own_matters": "daily",
        "seconded": "daily",
        "talk": "in_app",
        "work": "daily",
    }


@pytest.mark.parametrize(("hour", "day"), [(17, None), (18, date(2026, 3, 2)), (23, date(2026, 3, 2))])
def test_the_days_letter_is_due_in_the_evening_in_beijing(hour: int, day: date | None) -> None:
    assert digest_day(datetime(2026, 3, 2, hour, 59, tzinfo=BEIJING)) == day
