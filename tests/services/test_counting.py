"""From closing to the outcome: who may, when, what is refused, what a second click does."""

from datetime import timedelta

import pytest
from sqlalchemy import literal, select

from deliberate.domain.consent import Answer, Channel, Standing
from deliberate.domain.count import digest
from deliberate.domain.errors import NotAllowed, Refusal, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.permissions import ANYBODY, Role
from deliberate.domain.round import DutyKind, RoundStatus
from deliberate.domain.rules import CC278_ORD, RC80
from deliberate.domain.serial import printed
from deliberate.models import (
    ConsentRound,
    CountSheet,
    CountSignature,
)
from deliberate.queries import standings
from deliberate.services import clockwork, closing, contesting, counting, duties, naming, objections
from deliberate.services.recording import stub_code
from deliberate.services.rounds import RoundNotReady
from deliberate.services.sheets import CountDiffers
from tests import make, make_count
from tests.make import Clock
from tests.make_round import KEY, paper, say
from tests.services.counted_rounds import Begin, moderator, number_of, stage


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
        said = standings.of_entries(at.round.id)
        silent = literal(Standing.SILENT.value).label("standing")
        other = select(said.c.roll_entry_id, silent, *(said.c[one] for one in Channel)).subquery()
        monkeypatch.setattr("deliberate.queries.standings.of_entries", lambda _: other)
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


def test_a_sheet_that_the_consents_contradict_is_not_shown(transaction: Begin, clock: Clock) -> None:
    """A record was voided after the signature: 7 of 10 are left, and nobody is told of 8."""
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8, on_paper=1)
        make_count.signed(at, tx, clock)
        code = stub_code(KEY, at.community.id, printed(1))
        [record] = naming.find_by_code(tx.session, at.community.id, code, key=KEY)
        held = contesting.Held(at.community.id, code, record.id)
        filed = contesting.contest(tx.session, ANYBODY, held, ObjectionKind.NOT_US, key=KEY, now=clock.at)
        other = make.actor(tx.session, at.staff.other_moderator)
        upheld = objections.Answer(Finding.UPHELD, "打电话核实", "作废，对不起。", record.id)
        objections.answer_objection(tx.session, other, filed.id, upheld, key=KEY, now=clock.at)
        with pytest.raises(RoundNotReady, match="已经过时"):
            counting.show_result(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        assert stage(tx, at) is Stage.COUNTING
        amended = counting.amend_sheet(tx.session, moderator(at, tx), at.round.id, "复核作废", now=clock.at)
        scrutineer = make.actor(tx.session, at.staff.scrutineer)
        counting.sign_sheet(tx.session, scrutineer, amended.id, amended.sha256, now=clock.at)
        shown = counting.show_result(tx.session, moderator(at, tx), at.round.id, now=clock.at)
        assert shown.data["figures"]["outcome"] == "rejected"


def test_answering_goes_on_while_owners_have_not_answered(transaction: Begin) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 10, 0, 0, RC80, CC278_ORD)
        with pytest.raises(WrongStage):
            clockwork.start_counting(tx.session, at.round.id, actor=moderator(at, tx), now=tx.now)


def test_no_objection_days_end_at_once(clock: Clock) -> None:
    assert counting.objection_end(clock.at, 0) == clock.at
    assert counting.objection_end(clock.at, 1) - clock.at > timedelta(days=1)
