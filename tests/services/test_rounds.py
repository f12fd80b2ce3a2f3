"""A round in the store: what must come first, its periods, its extension, its clock."""

from datetime import date, datetime, timedelta

import pytest

from deliberate.db import Transaction
from deliberate.domain.errors import BadInput, NotAllowed, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.notice import NoticeKind
from deliberate.domain.round import RoundStatus
from deliberate.models import Notice, PlanVersion
from deliberate.services import plans, proposals, rounds
from deliberate.services.rounds import RoundNotReady
from tests import make
from tests.make_round import OpenRound, open_round
from tests.services.prepared_rounds import Begin, bare, prepared, try_to_open


def test_the_notice_of_the_plan_must_have_run(transaction: Begin) -> None:
    with transaction() as tx:
        at = prepared(tx.session)
        with pytest.raises(WrongStage, match="公示的天数还没有满"):
            try_to_open(tx.session, at, now=at.plan.notice_until - timedelta(seconds=1))


def test_preparing_twice_is_one_round_and_needs_a_fixed_plan(transaction: Begin) -> None:
    with transaction() as tx:
        at = prepared(tx.session)
        moderator = make.actor(tx.session, at.staff.moderator)
        again = rounds.prepare_round(tx.session, moderator, at.proposal.id, now=tx.now)
        assert again.id == at.round.id
        at.proposal.stage = Stage.DISCUSSING
        with pytest.raises(RoundNotReady, match="方案还没有定下来"):
            rounds.prepare_round(tx.session, moderator, at.proposal.id, now=tx.now)


def test_what_was_prepared_goes_with_a_plan_that_is_revised(transaction: Begin) -> None:
    """Rule 7: nobody is asked about a text that was taken back."""
    with transaction() as tx:
        at = prepared(tx.session)
        moderator = make.actor(tx.session, at.staff.moderator)
        plans.revise_plan(tx.session, moderator, at.proposal.id, "算错", make.opening(now=tx.now), now=tx.now)
        assert at.round.status is RoundStatus.DROPPED
        with pytest.raises(RoundNotReady):
            try_to_open(tx.session, at, now=tx.now)


def test_what_was_prepared_goes_with_a_matter_that_is_withdrawn(transaction: Begin) -> None:
    with transaction() as tx:
        at = prepared(tx.session)
        author = make.actor(tx.session, at.staff.moderator)
        proposals.withdraw(tx.session, author, at.proposal.id, now=tx.now)
        assert at.round.status is RoundStatus.DROPPED


def test_a_round_that_was_prepared_for_an_older_plan_is_not_opened(transaction: Begin) -> None:
    with transaction() as tx:
        at = prepared(tx.session)
        columns = {column.name: getattr(at.plan, column.name) for column in PlanVersion.__table__.columns}
        tx.session.add(PlanVersion(**{**columns, "id": None, "n": 2, "sha256": "f" * 64}))
        tx.session.flush()
        with pytest.raises(RoundNotReady, match="方案又改过"):
            try_to_open(tx.session, at, now=tx.now)


@pytest.mark.parametrize(("days", "fits"), [(4, False), (5, True), (60, True), (61, False)])
def test_consent_is_open_from_5_to_60_days(transaction: Begin, days: int, fits: bool) -> None:
    with transaction() as tx:
        at = prepared(tx.session)
        if fits:
            try_to_open(tx.session, at, days, now=tx.now)
            assert at.round.answer_until is not None
        else:
            with pytest.raises(BadInput, match="5到60天"):
                try_to_open(tx.session, at, days, now=tx.now)


@pytest.mark.parametrize(("number", "days"), [(12, 15), (300, 30)])
def test_the_usual_period_grows_with_the_roll(transaction: Begin, number: int, days: int) -> None:
    with transaction() as tx:
        at = prepared(tx.session, number)
        rounds.open_round(tx.session, make.actor(tx.session, at.staff.moderator), at.round.id, now=tx.now)
        assert at.round.answer_until is not None
        assert (at.round.answer_until - tx.now).days == days


def test_opening_twice_is_refused(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        with pytest.raises(RoundNotReady, match="已经开始了"):
            try_to_open(tx.session, at, now=tx.now)


def test_only_a_moderator_runs_a_round(transaction: Begin) -> None:
    with transaction() as tx:
        at = prepared(tx.session)
        for person in (at.staff.canvasser, at.staff.registrar, at.staff.scrutineer):
            with pytest.raises(NotAllowed):
                rounds.open_round(tx.session, make.actor(tx.session, person), at.round.id, now=tx.now)


def extend(tx: Transaction, at: OpenRound, day: date, reason: str = "连续下雨", **when: datetime) -> None:
    moderator = make.actor(tx.session, at.staff.moderator)
    rounds.extend_round(tx.session, moderator, at.round.id, day, reason, now=when.get("now", tx.now))


def test_the_deadline_moves_only_later_only_before_it_passes_and_only_with_a_reason(
    transaction: Begin,
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        last = date(2026, 3, 17)
        with pytest.raises(BadInput):
            extend(tx, at, last)
        with pytest.raises(BadInput):
            extend(tx, at, last + timedelta(days=1), " ")
        with pytest.raises(BadInput, match="5到60天"):
            extend(tx, at, last + timedelta(days=46))
        with pytest.raises(RoundNotReady, match="截止以前才能延期"):
            extend(tx, at, last + timedelta(days=3), now=at.round.answer_until)
        extend(tx, at, last + timedelta(days=3))
        assert at.round.answer_until == datetime.fromisoformat("2026-03-20T16:00+00:00")
        assert (
            tx.session.query(Notice).filter_by(kind=NoticeKind.EXTENSION).one().data["reason"] == "连续下雨"
        )


def test_only_a_preparation_is_dropped_and_only_with_a_reason(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        with pytest.raises(RoundNotReady, match="写明理由"):
            rounds.drop_round(
                tx.session, make.actor(tx.session, at.staff.moderator), at.round.id, " ", now=tx.now
            )
        opened = open_round(tx.session, 13)
        with pytest.raises(RoundNotReady):
            rounds.drop_round(
                tx.session, make.actor(tx.session, opened.staff.moderator), opened.round.id, "错", now=tx.now
            )
