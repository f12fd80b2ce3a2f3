"""A round in the store: what must come first, its periods, its extension, its clock."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from deliberate.db import Transaction
from deliberate.domain.consent import Answer
from deliberate.domain.errors import BadInput, NotAllowed, WrongStage
from deliberate.domain.lifecycle import Condition, Stage
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Role
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.round import DutyKind, RoundStatus, TallyVisibility
from deliberate.models import Notice, RollEntry
from deliberate.services import clockwork, duties, forms, rolls_of_rounds, rounds
from deliberate.services.rounds import RoundNotReady
from tests import make, make_round
from tests.make import Clock
from tests.make_round import OpenRound, open_round, paper, say

Begin = Callable[[], AbstractContextManager[Transaction]]


def prepared(session: Session, number: int = 12) -> OpenRound:
    """A round with everything in place, not opened."""
    return open_round(session, number, opened=False)


def bare(session: Session, now: datetime, number: int = 12) -> OpenRound:
    """A round that is only prepared: no certificates, no duties."""
    community = make.community(session, f"bare{number}")
    homes = make.households(session, community, number)
    staff = make_round.staff(session, community)
    proposal, plan = make_round.fixed_plan(session, community, staff.moderator, now=now)
    moderator = make.actor(session, staff.moderator)
    made = rounds.prepare_round(session, moderator, proposal.id, now=now)
    return OpenRound(community, homes, staff, proposal, plan, made, crew=None)  # type: ignore[arg-type]


def try_to_open(session: Session, at: OpenRound, days: int = 15, *, now: datetime) -> None:
    moderator = make.actor(session, at.staff.moderator)
    last = date.fromordinal((now + timedelta(hours=8)).date().toordinal() + days)
    rounds.open_round(session, moderator, at.round.id, last, now=now)


def certify(session: Session, at: OpenRound, role: Role, person: make.Account, now: datetime) -> None:
    rolls_of_rounds.certify(session, make.actor(session, person), at.round.id, role, now=now)


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


def test_one_certificate_is_not_enough(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        for role, person in ((Role.REGISTRAR, at.staff.registrar), (Role.SCRUTINEER, at.staff.scrutineer)):
            assert Condition.ROLL_CERTIFIED not in rounds.facts_to_open(tx.session, at.round, tx.now)
            certify(tx.session, at, role, person, tx.now)
        assert Condition.ROLL_CERTIFIED in rounds.facts_to_open(tx.session, at.round, tx.now)


def test_the_scrutineer_signs_after_the_registrar_and_each_signs_once(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        with pytest.raises(RoundNotReady, match="户册管理员还没有拟定名册"):
            certify(tx.session, at, Role.SCRUTINEER, at.staff.scrutineer, tx.now)
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)
        with pytest.raises(RoundNotReady, match="已经有人核定过"):
            certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)


def test_one_person_with_both_roles_does_not_certify_twice(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        both = make.staff(tx.session, at.community, Role.REGISTRAR, Role.SCRUTINEER)
        certify(tx.session, at, Role.REGISTRAR, both, tx.now)
        with pytest.raises(RoundNotReady, match="必须是两个人"):
            certify(tx.session, at, Role.SCRUTINEER, both, tx.now)


def test_a_roll_is_frozen_by_its_certificate(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        at.homes[0].occupancy = Occupancy.VACANT
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)
        registrar = make.actor(tx.session, at.staff.registrar)
        with pytest.raises(RoundNotReady, match="核定以后就不能再改"):
            rolls_of_rounds.leave_out(
                tx.session, registrar, at.round.id, [at.homes[0].id], "空置", now=tx.now
            )
        make.households(tx.session, at.community, 5, building_name="9")
        certify(tx.session, at, Role.SCRUTINEER, at.staff.scrutineer, tx.now)
        assert at.round.roll_size == 12
        assert tx.session.query(RollEntry).filter_by(consent_round_id=at.round.id).count() == 12


def test_a_roll_that_is_not_the_certified_one_does_not_open(transaction: Begin) -> None:
    with transaction() as tx, tx.session.no_autoflush:
        at = prepared(tx.session)
        assert Condition.ROLL_CERTIFIED in rounds.facts_to_open(tx.session, at.round, tx.now)
        at.round.roll_sha256 = "0" * 64
        assert Condition.ROLL_CERTIFIED not in rounds.facts_to_open(tx.session, at.round, tx.now)
        tx.session.expire(at.round)


def test_an_empty_scope_has_no_roll(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        at.round.scope = {"kind": "buildings", "ids": [999]}
        tx.session.flush()
        with pytest.raises(RoundNotReady, match="这个范围里没有住户"):
            certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)


def test_vacant_homes_are_posted_with_reasons_for_some_days_and_announced(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        registrar = make.actor(tx.session, at.staff.registrar)
        with pytest.raises(BadInput, match="登记为空置"):
            rolls_of_rounds.leave_out(tx.session, registrar, at.round.id, [at.homes[0].id], "空", now=tx.now)
        at.homes[0].occupancy = Occupancy.VACANT
        tx.session.flush()
        with pytest.raises(BadInput):
            rolls_of_rounds.leave_out(tx.session, registrar, at.round.id, [at.homes[0].id], " ", now=tx.now)
        moderator = make.actor(tx.session, at.staff.moderator)
        with pytest.raises(NotAllowed):
            rolls_of_rounds.leave_out(tx.session, moderator, at.round.id, [at.homes[0].id], "空", now=tx.now)
        for expected in (1, 0):
            ids = [at.homes[0].id]
            listed = rolls_of_rounds.leave_out(tx.session, registrar, at.round.id, ids, "停水", now=tx.now)
            assert listed == expected
        [notice] = tx.session.query(Notice).filter_by(kind=NoticeKind.LEFT_OUT).all()
        assert (notice.data["left_out"], notice.until) == (1, tx.now + timedelta(days=3))
        with pytest.raises(RoundNotReady, match="张贴3天"):
            certify(
                tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now + timedelta(days=3, seconds=-1)
            )
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now + timedelta(days=3))
        assert at.round.roll_size == 11


@pytest.mark.parametrize("missing", list(DutyKind))
def test_every_duty_must_be_held(transaction: Begin, missing: DutyKind) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        moderator = make.actor(tx.session, at.staff.moderator)
        crew = duties.make_crew(tx.session, moderator, at.round.id, "一组", {}, "志愿者", now=tx.now)
        for kind in set(DutyKind) - {missing}:
            person = getattr(at.staff, kind.value)
            number = crew.id if kind is DutyKind.CANVASSER else None
            duties.assign(tx.session, moderator, at.round.id, person.id, kind, number, now=tx.now)
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)
        certify(tx.session, at, Role.SCRUTINEER, at.staff.scrutineer, tx.now)
        with pytest.raises(WrongStage, match="还没有分别安排好"):
            try_to_open(tx.session, at, now=tx.now)


def test_a_crew_of_one_is_short_unless_a_volunteer_goes_along(transaction: Begin) -> None:
    with transaction() as tx:
        at = prepared(tx.session)
        at.crew.volunteer = None
        tx.session.flush()
        with pytest.raises(WrongStage, match="还没有分别安排好"):
            try_to_open(tx.session, at, now=tx.now)
        at.crew.volunteer = "测试志愿者"
        tx.session.flush()
        try_to_open(tx.session, at, now=tx.now)
        assert at.round.status is RoundStatus.OPEN


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


def test_one_person_has_one_duty_for_which_they_have_the_role(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        moderator = make.actor(tx.session, at.staff.moderator)
        many = make.staff(tx.session, at.community, Role.MODERATOR, Role.SCRUTINEER)
        duties.assign(tx.session, moderator, at.round.id, many.id, DutyKind.SCRUTINEER, now=tx.now)
        with pytest.raises(RoundNotReady, match="已经有一项职责"):
            duties.assign(tx.session, moderator, at.round.id, many.id, DutyKind.MODERATOR, now=tx.now)
        with pytest.raises(BadInput, match="没有相应的身份"):
            duties.assign(
                tx.session, moderator, at.round.id, at.staff.registrar.id, DutyKind.MODERATOR, now=tx.now
            )
        with pytest.raises(BadInput, match="不同的名称"):
            duties.make_crew(tx.session, moderator, at.round.id, "第一组", {}, now=tx.now)


def test_forms_balance_per_crew(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        moderator = make.actor(tx.session, at.staff.moderator)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 7, now=tx.now)
        day = tx.now.date()
        with pytest.raises(BadInput, match="手里还有99张"):
            forms.return_forms(tx.session, moderator, at.crew.id, day, 99, 1, now=tx.now)
        with pytest.raises(BadInput):
            forms.return_forms(tx.session, moderator, at.crew.id, day, -1, 5, now=tx.now)
        with pytest.raises(BadInput):
            forms.issue_forms(tx.session, moderator, at.crew.id, 0, now=tx.now)
        with pytest.raises(RoundNotReady, match="99张意见表没有对上"):
            forms.refuse_unbalanced(tx.session, at.round.id)
        forms.return_forms(tx.session, moderator, at.crew.id, day, 97, 2, now=tx.now)
        [balance] = forms.balance(tx.session, at.round.id)
        assert (balance.issued, balance.registered, balance.blank, balance.spoilt) == (100, 1, 97, 2)
        forms.refuse_unbalanced(tx.session, at.round.id)
        with pytest.raises(BadInput, match="没有发给任何一个小组"):
            paper(tx.session, at, at.entries[1], Answer.AGREE, 101, now=tx.now)


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
