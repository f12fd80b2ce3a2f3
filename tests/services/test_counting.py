"""From closing to the outcome: who may, when, what is refused, what a second click does."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from deliberate.db import Transaction
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.count import digest
from deliberate.domain.errors import BadInput, NotAllowed, Refusal, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.notice import NoticeKind
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind, RoundStatus
from deliberate.domain.rules import CC278_MAJ, RC80, Outcome
from deliberate.models import (
    Consent,
    ConsentRound,
    CountSheet,
    CountSignature,
    EntryStanding,
    Notice,
    Objection,
    OutcomeRecord,
    Proposal,
)
from deliberate.services import clockwork, closing, counting, duties, objections, outcomes
from deliberate.services.objections import NotFiled
from deliberate.services.outcomes import NotConcluded
from deliberate.services.rounds import RoundNotReady
from deliberate.services.sheets import CountDiffers
from tests import make, make_count
from tests.make import Clock
from tests.make_round import KEY, OpenRound, paper, say

Begin = Callable[[], AbstractContextManager[Transaction]]


def moderator(at: OpenRound, tx: Transaction):  # type: ignore[no-untyped-def]
    return make.actor(tx.session, at.staff.moderator)


def number_of(tx: Transaction, table: type) -> int:
    return tx.session.scalars(select(func.count()).select_from(table)).one()


def stage(tx: Transaction, at: OpenRound) -> Stage:
    return tx.session.get_one(Proposal, at.proposal.id, populate_existing=True).stage


def test_closing_makes_the_first_sheet_from_the_consents(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 12, 8, 1, 1, on_paper=3)
        sheet = make_count.closed(at, tx, clock)
        places = sheet.figures["electorates"]["household"]
        assert {name: places[name]["one"] for name in ("roll", "agree", "disagree", "abstain", "silent")} == {
            "roll": 12,
            "agree": 8,
            "disagree": 1,
            "abstain": 1,
            "silent": 2,
        }
        assert sheet.figures["channels"] == {"online": 7, "paper": 3}
        assert sheet.figures["forms"] == {"issued": 100, "registered": 3, "blank": 97, "spoilt": 0}
        assert sheet.figures["asked"] == 10
        assert (sheet.n, sheet.sha256) == (1, digest(sheet.figures))
        assert tx.session.get_one(ConsentRound, at.round.id).status is RoundStatus.CLOSED
        assert stage(tx, at) is Stage.COUNTING


def test_closing_again_changes_nothing_and_closed_is_never_reopened(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        first = make_count.closed(at, tx, clock)
        again = closing.close_round(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        assert again.id == first.id
        assert number_of(tx, CountSheet) == 1
        with pytest.raises(Refusal):
            say(tx.session, at, at.entries[9], Answer.AGREE, now=clock.at)


def test_only_the_moderator_on_duty_closes(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.over(make_count.answered(tx, 10, 8), tx, clock)
        for other in (at.staff.other_moderator, at.staff.scrutineer, at.staff.canvasser, at.staff.registrar):
            with pytest.raises(NotAllowed):
                closing.close_round(tx.session, make.actor(tx.session, other), at.round.id, now=clock.at)


def test_closing_waits_for_the_clocks_unless_everybody_answered(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.over(make_count.answered(tx, 10, 9), tx, clock)
        early = at.round.register_until
        assert early is not None
        clockwork.start_counting(tx.session, at.round.id, now=early)
        with pytest.raises(RoundNotReady) as refused:
            closing.close_round(tx.session, moderator(at, tx), at.round.id, now=early)
        assert refused.value.params["waiting"] == 1
        at2 = make_count.answered(tx, 11, 10)
        with pytest.raises(WrongStage):
            closing.close_round(tx.session, moderator(at2, tx), at2.round.id, now=tx.now)


def test_everybody_answered_closes_before_the_clocks(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.over(make_count.answered(tx, 10, 10), tx, clock)
        sheet = closing.close_round(tx.session, moderator(at, tx), at.round.id, now=tx.now)
        assert sheet.figures["outcome"] == "adopted"


def test_a_contradiction_is_waited_for_then_stays_uncounted(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 10)
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 50, now=tx.now)
        make_count.over(at, tx, clock)
        soon = at.round.settle_until
        assert soon is not None
        with pytest.raises(RoundNotReady):
            closing.close_round(tx.session, moderator(at, tx), at.round.id, now=soon - timedelta(seconds=1))
        sheet = closing.close_round(tx.session, moderator(at, tx), at.round.id, now=soon)
        places = sheet.figures["electorates"]["household"]
        names = ("agree", "contradiction", "no_response")
        assert [places[name]["one"] for name in names] == [9, 1, 1]


def test_forms_must_balance(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8, on_paper=2)
        clock.at += make_count.LATER
        with pytest.raises(RoundNotReady) as refused:
            closing.close_round(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        assert refused.value.params["missing"] == 98


def test_a_standing_that_is_not_what_the_records_say_stops_the_count(
    transaction: Begin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as tx:
        at = make_count.over(make_count.answered(tx, 10, 8), tx, clock)
        # the database refuses such a row, so the records are made to say something else instead
        monkeypatch.setattr("deliberate.queries.counts.standing", lambda records: Standing.SILENT)
        with pytest.raises(CountDiffers) as refused:
            closing.close_round(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        assert refused.value.params["number"] == 8


def test_only_the_scrutineer_on_duty_signs_what_was_on_the_screen(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        sheet = make_count.closed(at, tx, clock)
        stranger = make.staff(tx.session, at.community, Role.SCRUTINEER)
        for other in (at.staff.moderator, at.staff.other_moderator, at.staff.canvasser, stranger):
            with pytest.raises(NotAllowed):
                counting.sign_sheet(
                    tx.session, make.actor(tx.session, other), sheet.id, sheet.sha256, now=clock.at
                )
        scrutineer = make.actor(tx.session, at.staff.scrutineer)
        with pytest.raises(Stale):
            counting.sign_sheet(tx.session, scrutineer, sheet.id, "0" * 64, now=clock.at)
        for _click in range(2):
            counting.sign_sheet(tx.session, scrutineer, sheet.id, sheet.sha256, now=clock.at)
        roles = tx.session.scalars(select(CountSignature.role).order_by(CountSignature.id)).all()
        assert list(roles) == ["moderator", "scrutineer"]


def test_one_person_never_closes_and_signs(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        both = make.staff(tx.session, at.community, Role.MODERATOR, Role.SCRUTINEER)
        duties.assign(tx.session, moderator(at, tx), at.round.id, both.id, DutyKind.MODERATOR, now=tx.now)
        with pytest.raises(RoundNotReady):
            duties.assign(
                tx.session, moderator(at, tx), at.round.id, both.id, DutyKind.SCRUTINEER, now=tx.now
            )
        make_count.over(at, tx, clock)
        actor = make.actor(tx.session, both)
        sheet = closing.close_round(tx.session, actor, at.round.id, now=clock.at)
        with pytest.raises(NotAllowed):
            counting.sign_sheet(tx.session, actor, sheet.id, sheet.sha256, now=clock.at)


def test_a_scrutineer_who_falls_ill_after_closing_is_replaced(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        sheet = make_count.closed(at, tx, clock)
        other = make.staff(tx.session, at.community, Role.SCRUTINEER)
        duties.assign(tx.session, moderator(at, tx), at.round.id, other.id, DutyKind.SCRUTINEER, now=clock.at)
        counting.sign_sheet(tx.session, make.actor(tx.session, other), sheet.id, sheet.sha256, now=clock.at)


def test_the_result_is_shown_only_when_signed_and_once(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        make_count.closed(at, tx, clock)
        with pytest.raises(WrongStage):
            counting.show_result(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        sheet = tx.session.scalars(select(CountSheet)).one()
        scrutineer = make.actor(tx.session, at.staff.scrutineer)
        counting.sign_sheet(tx.session, scrutineer, sheet.id, sheet.sha256, now=clock.at)
        notices = [
            counting.show_result(tx.session, moderator(at, tx), at.round.id, now=clock.at) for _ in range(2)
        ]
        assert notices[0].id == notices[1].id
        assert notices[0].until is not None
        assert notices[0].until - clock.at >= timedelta(days=7)
        assert notices[0].data["figures"] == sheet.figures
        assert stage(tx, at) is Stage.OBJECTION


def test_no_objection_days_end_at_once(clock: Clock) -> None:
    assert counting.objection_end(clock.at, 0) == clock.at
    assert counting.objection_end(clock.at, 1) - clock.at > timedelta(days=1)


def objector(tx: Transaction, at: OpenRound, home: int = 0):  # type: ignore[no-untyped-def]
    return make.actor(tx.session, make.resident(tx.session, at.homes[home]))


def object_to(
    tx: Transaction, at: OpenRound, clock: Clock, kind: ObjectionKind = ObjectionKind.NOT_US, home: int = 0
) -> Objection:
    return objections.file_objection(
        tx.session, objector(tx, at, home), at.round.id, at.homes[home].id, kind, "不是我们签的", now=clock.at
    )


UPHELD = objections.Answer(Finding.UPHELD, "当面核对", "经核对,确实不是您家签字,已作废。")
NOT_UPHELD = objections.Answer(Finding.NOT_UPHELD, "电话核对", "经核对,签字无误。")


def test_objections_only_while_the_result_is_shown_and_by_the_household(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9)
        with pytest.raises(NotFiled):
            object_to(tx, at, clock)
        make_count.shown(at, tx, clock)
        with pytest.raises(NotAllowed):
            objections.file_objection(
                tx.session,
                objector(tx, at, 1),
                at.round.id,
                at.homes[0].id,
                ObjectionKind.NOT_US,
                "x",
                now=clock.at,
            )
        with pytest.raises(BadInput):
            objections.file_objection(
                tx.session,
                objector(tx, at),
                at.round.id,
                at.homes[0].id,
                ObjectionKind.NOT_US,
                "  ",
                now=clock.at,
            )
        first, second = object_to(tx, at, clock), object_to(tx, at, clock)
        assert first.id == second.id
        assert object_to(tx, at, clock, ObjectionKind.PROCEDURE).id != first.id
        desk = objections.file_objection(
            tx.session, moderator(at, tx), at.round.id, at.homes[3].id, ObjectionKind.ROLL, "x", now=clock.at
        )
        assert desk.filed_by_id == at.staff.moderator.id
        clock.forward(days=8)
        with pytest.raises(NotFiled):
            object_to(tx, at, clock, home=5)


def test_a_home_that_is_not_on_the_roll_may_only_object_to_roll_or_procedure(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9)
        make_count.shown(at, tx, clock)
        (home,) = make.households(tx.session, at.community, 1, building_name="9")
        member = make.actor(tx.session, make.resident(tx.session, home))
        with pytest.raises(BadInput):
            objections.file_objection(
                tx.session, member, at.round.id, home.id, ObjectionKind.NOT_US, "x", now=clock.at
            )
        made = objections.file_objection(
            tx.session, member, at.round.id, home.id, ObjectionKind.ROLL, "漏了我家", now=clock.at
        )
        assert made.roll_entry_id is None


def test_who_recorded_it_or_canvasses_does_not_recheck(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9, on_paper=2)
        make_count.shown(at, tx, clock)
        made = object_to(tx, at, clock)
        for role in (Role.MODERATOR, Role.SCRUTINEER):
            make.grant(tx.session, at.community, at.staff.canvasser, role)
        for home in (0, 5):
            made = object_to(tx, at, clock, home=home)
            with pytest.raises(NotAllowed):
                objections.answer_objection(
                    tx.session,
                    make.actor(tx.session, at.staff.canvasser),
                    made.id,
                    NOT_UPHELD,
                    key=KEY,
                    now=clock.at,
                )


def test_an_answer_is_written_and_given_once(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9)
        make_count.shown(at, tx, clock)
        made = object_to(tx, at, clock)
        for empty in (
            objections.Answer(Finding.NOT_UPHELD, " ", "答复"),
            objections.Answer(Finding.NOT_UPHELD, "电话", ""),
        ):
            with pytest.raises(BadInput):
                objections.answer_objection(
                    tx.session, moderator(at, tx), made.id, empty, key=KEY, now=clock.at
                )
        for _click in range(2):
            objections.answer_objection(
                tx.session, moderator(at, tx), made.id, NOT_UPHELD, key=KEY, now=clock.at
            )
        with pytest.raises(Stale):
            objections.answer_objection(
                tx.session,
                make.actor(tx.session, at.staff.other_moderator),
                made.id,
                UPHELD,
                key=KEY,
                now=clock.at,
            )
        assert number_of(tx, Consent) == 9


def test_an_upheld_objection_voids_and_the_sheet_is_amended_before_concluding(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8, on_paper=1)
        make_count.shown(at, tx, clock)
        with pytest.raises(RoundNotReady):
            counting.amend_sheet(tx.session, moderator(at, tx), at.round.id, "没有变化", now=clock.at)
        made = object_to(tx, at, clock)
        clock.forward(days=8)
        with pytest.raises(WrongStage):
            outcomes.conclude(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        with pytest.raises(BadInput):
            objections.answer_objection(tx.session, moderator(at, tx), made.id, UPHELD, key=KEY, now=clock.at)
        on_paper = tx.session.scalars(select(Consent.id).where(Consent.serial.is_not(None))).one()
        chosen = replace(UPHELD, voided_consent_id=on_paper)
        objections.answer_objection(tx.session, moderator(at, tx), made.id, chosen, key=KEY, now=clock.at)
        with pytest.raises(NotConcluded):
            outcomes.conclude(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        with pytest.raises(BadInput):
            counting.amend_sheet(tx.session, moderator(at, tx), at.round.id, " ", now=clock.at)
        second = counting.amend_sheet(
            tx.session, moderator(at, tx), at.round.id, "复核后作废一份", now=clock.at
        )
        places = second.figures["electorates"]["household"]
        assert (second.n, places["agree"]["one"], places["invalid"]["one"]) == (2, 7, 1)
        with pytest.raises(NotConcluded):
            outcomes.conclude(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        first = tx.session.scalars(select(CountSheet).where(CountSheet.n == 1)).one()
        scrutineer = make.actor(tx.session, at.staff.scrutineer)
        with pytest.raises(Stale):
            counting.sign_sheet(tx.session, scrutineer, first.id, first.sha256, now=clock.at)
        counting.sign_sheet(tx.session, scrutineer, second.id, second.sha256, now=clock.at)
        kinds = tx.session.scalars(select(Notice.kind).order_by(Notice.id)).all()
        assert kinds[-1] is NoticeKind.AMENDMENT
        record = outcomes.conclude(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        assert record.outcome is Outcome.REJECTED
        assert stage(tx, at) is Stage.REJECTED
        with pytest.raises(RoundNotReady):
            counting.amend_sheet(tx.session, moderator(at, tx), at.round.id, "再改", now=clock.at)


def test_two_records_of_one_answer_need_a_choice_and_nothing_replaces_what_is_voided(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9, on_paper=1)
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        make_count.shown(at, tx, clock)
        made = object_to(tx, at, clock, ObjectionKind.DUPLICATE)
        with pytest.raises(BadInput):
            objections.answer_objection(tx.session, moderator(at, tx), made.id, UPHELD, key=KEY, now=clock.at)
        on_paper = tx.session.scalars(select(Consent.id).where(Consent.serial.is_not(None))).one()
        chosen = objections.Answer(Finding.UPHELD, "当面", "作废纸质一份", on_paper)
        objections.answer_objection(tx.session, moderator(at, tx), made.id, chosen, key=KEY, now=clock.at)
        kept = tx.session.get_one(EntryStanding, at.entries[0].id, populate_existing=True)
        assert kept.standing is Standing.AGREE


def test_a_contradiction_is_not_resolved_by_voiding_one_side(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9, on_paper=1)
        say(tx.session, at, at.entries[0], Answer.DISAGREE, now=tx.now)
        make_count.shown(at, tx, clock)
        made = object_to(tx, at, clock)
        objections.answer_objection(tx.session, moderator(at, tx), made.id, UPHELD, key=KEY, now=clock.at)
        kept = tx.session.get_one(EntryStanding, at.entries[0].id, populate_existing=True)
        assert kept.standing is Standing.CONTRADICTION
        assert made.voided_consent_id is None


@pytest.mark.parametrize(
    ("agree", "rules", "outcome", "at_stage"),
    [
        (8, (RC80,), Outcome.ADOPTED, Stage.ADOPTED),
        (7, (RC80,), Outcome.REJECTED, Stage.REJECTED),
        (8, (RC80, CC278_MAJ), Outcome.NO_VALID_DECISION, Stage.NO_VALID_DECISION),
    ],
)
def test_the_outcome_is_computed(
    transaction: Begin,
    clock: Clock,
    agree: int,
    rules: tuple,
    outcome: Outcome,
    at_stage: Stage,  # type: ignore[type-arg]
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, agree, 0, 0, *rules)
        record = make_count.concluded(at, tx, clock)
        assert (record.outcome, stage(tx, at)) == (outcome, at_stage)
        again = outcomes.conclude(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        assert again.id == record.id
        finals = tx.session.scalars(select(Notice).where(Notice.kind == NoticeKind.FINAL)).all()
        assert len(finals) == 1
        assert finals[0].data["figures"]["outcome"] == outcome


def test_concluding_early_is_refused(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8)
        make_count.signed(at, tx, clock)
        with pytest.raises(Refusal):
            outcomes.conclude(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        counting.show_result(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        with pytest.raises(WrongStage):
            outcomes.conclude(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        with pytest.raises(NotAllowed):
            outcomes.conclude(
                tx.session, make.actor(tx.session, at.staff.scrutineer), at.round.id, now=clock.at
            )
        assert number_of(tx, OutcomeRecord) == 0
