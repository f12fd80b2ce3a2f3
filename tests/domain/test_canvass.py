"""What a door looks like from outside, and when nobody may knock at it any more."""

from datetime import UTC, datetime, timedelta

import pytest

from deliberate.domain.canvass import IN_VAIN, Answered, Knock, Unwelcome, answered, unwelcome
from deliberate.domain.round import VisitOutcome

OPENED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def knocks(*outcomes: VisitOutcome, first: datetime = OPENED) -> list[Knock]:
    return [Knock(outcome, first + timedelta(days=n)) for n, outcome in enumerate(outcomes)]


@pytest.mark.parametrize(
    ("asked", "done", "state"),
    [(2, 0, Answered.NONE), (2, 1, Answered.SOME), (2, 2, Answered.ALL), (0, 0, Answered.ALL)],
)
def test_a_door_has_answered_all_some_or_none(asked: int, done: int, state: Answered) -> None:
    assert answered(asked, done) is state


def test_three_attempts_in_vain_are_enough_and_two_are_not() -> None:
    tries = knocks(VisitOutcome.NOT_HOME, VisitOutcome.REFUSED, VisitOutcome.INACCESSIBLE)
    assert unwelcome(tries, since=OPENED, most=3) is Unwelcome.OFTEN_ENOUGH
    assert unwelcome(tries[:2], since=OPENED, most=3) is None


@pytest.mark.parametrize("outcome", sorted(set(VisitOutcome) - IN_VAIN - {VisitOutcome.DO_NOT_VISIT}))
def test_attempts_that_met_somebody_or_nobody_at_all_do_not_count(outcome: VisitOutcome) -> None:
    assert unwelcome(knocks(*[outcome] * 5), since=OPENED, most=3) is None


def test_attempts_before_the_rounds_opened_are_forgotten() -> None:
    before = knocks(*[VisitOutcome.NOT_HOME] * 3, first=OPENED - timedelta(days=9))
    assert unwelcome(before, since=OPENED, most=3) is None


def test_please_do_not_holds_for_good() -> None:
    long_ago = knocks(VisitOutcome.DO_NOT_VISIT, first=OPENED - timedelta(days=400))
    assert unwelcome(long_ago, since=OPENED, most=3) is Unwelcome.ASKED_NOT_TO


def test_an_invitation_forgives_what_came_before_it_and_nothing_after() -> None:
    tries = knocks(VisitOutcome.DO_NOT_VISIT, VisitOutcome.NOT_HOME, VisitOutcome.NOT_HOME)
    invited = OPENED + timedelta(hours=1)
    assert unwelcome(tries, since=OPENED, most=3, invited_at=invited) is None
    assert unwelcome(tries, since=OPENED, most=2, invited_at=invited) is Unwelcome.OFTEN_ENOUGH
