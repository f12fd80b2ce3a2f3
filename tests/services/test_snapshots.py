"""The running number: sealed or taken once a day; and the clock that ends the answering."""

from datetime import timedelta

import pytest

from deliberate.domain.consent import Answer
from deliberate.domain.errors import NotAllowed, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.round import RoundStatus, TallyVisibility
from deliberate.services import clockwork
from deliberate.services.rounds import RoundNotReady
from tests import make, make_round
from tests.make import Clock
from tests.make_round import open_round, paper, say
from tests.services.prepared_rounds import Begin


def test_below_30_households_the_number_is_sealed(transaction: Begin) -> None:
    with transaction() as tx:
        small, large = open_round(tx.session, 29), open_round(tx.session, 30)
        assert small.round.tally_visibility is TallyVisibility.SEALED
        assert large.round.tally_visibility is TallyVisibility.DAILY
        for entry in small.entries[:20]:
            say(tx.session, small, entry, Answer.AGREE, now=tx.now)
        assert clockwork.take_snapshot(tx.session, small.round.id, now=tx.now + timedelta(days=1)) is None


def test_the_number_is_taken_once_a_day_after_eight_and_only_after_ten_more_answers(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 60)
        for entry in at.entries[:9]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        take = clockwork.take_snapshot
        assert take(tx.session, at.round.id, now=tx.now) is None
        say(tx.session, at, at.entries[9], Answer.DISAGREE, now=tx.now)
        before_eight = tx.now.replace(hour=23, minute=59)
        assert take(tx.session, at.round.id, now=before_eight) is None
        first = take(tx.session, at.round.id, now=tx.now)
        assert first is not None
        assert (first.agree, first.answered) == (9, 10)
        for entry in at.entries[10:20]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        assert take(tx.session, at.round.id, now=tx.now + timedelta(hours=2)) is None
        second = take(tx.session, at.round.id, now=tx.now + timedelta(days=1))
        assert second is not None
        assert second.agree == 19
        for entry in at.entries[20:29]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        assert take(tx.session, at.round.id, now=tx.now + timedelta(days=2)) is None


def test_the_clock_begins_to_count_at_the_deadline_and_not_before(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        assert clockwork.due_rounds(tx.session) == [at.round.id]
        until = at.round.answer_until
        assert until is not None
        clockwork.tick(tx.session, at.round.id, now=until - timedelta(seconds=1))
        assert at.round.status is RoundStatus.OPEN
        clockwork.tick(tx.session, at.round.id, now=until)
        clockwork.tick(tx.session, at.round.id, now=until)
        assert (at.round.status, at.proposal.stage) == (RoundStatus.COUNTING, Stage.COUNTING)
        assert clockwork.due_rounds(tx.session) == []


def test_counting_begins_early_only_when_everybody_answered_and_nobody_differs(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        moderator = make.actor(tx.session, at.staff.moderator)
        for entry in at.entries[:-1]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        with pytest.raises(WrongStage, match="没有截止"):
            clockwork.start_counting(tx.session, at.round.id, actor=moderator, now=tx.now)
        say(tx.session, at, at.entries[-1], Answer.AGREE, now=tx.now)
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 1, now=tx.now)
        with pytest.raises(WrongStage):
            clockwork.start_counting(tx.session, at.round.id, actor=moderator, now=tx.now)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 2, now=tx.now, replaces=(make_round.printed(1),))
        canvasser = make.actor(tx.session, at.staff.canvasser)
        with pytest.raises(NotAllowed):
            clockwork.start_counting(tx.session, at.round.id, actor=canvasser, now=tx.now)
        clockwork.start_counting(tx.session, at.round.id, actor=moderator, now=tx.now)
        assert at.round.status is RoundStatus.COUNTING
        with pytest.raises(RoundNotReady):
            clockwork.start_counting(tx.session, at.round.id, actor=moderator, now=tx.now)
