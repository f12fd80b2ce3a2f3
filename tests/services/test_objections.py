"""Objections: who may file which, who answers, and what an upheld one changes."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from deliberate.db import Transaction
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import BadInput, NotAllowed, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.notice import NoticeKind
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.permissions import ANYBODY, Role
from deliberate.domain.rules import Outcome
from deliberate.models import (
    Consent,
    CountSheet,
    EntryStanding,
    Membership,
    Notice,
    Objection,
)
from deliberate.queries import objections as filed
from deliberate.services import contesting, counting, objections, outcomes
from deliberate.services.objections import NotFiled
from deliberate.services.outcomes import NotConcluded
from deliberate.services.rounds import RoundNotReady
from tests import make, make_count
from tests.make import Clock
from tests.make_round import KEY, OpenRound, say
from tests.services.counted_rounds import Begin, moderator, number_of, stage


def objector(tx: Transaction, at: OpenRound, home: int = 0):  # type: ignore[no-untyped-def]
    return make.actor(tx.session, make.resident(tx.session, at.homes[home]))


def object_to(
    tx: Transaction, at: OpenRound, clock: Clock, kind: ObjectionKind = ObjectionKind.NOT_US, home: int = 0
) -> Objection:
    return objections.file_objection(
        tx.session, objector(tx, at, home), at.round.id, at.homes[home].id, kind, "不是我们签的", now=clock.at
    )


UPHELD = objections.Answer(Finding.UPHELD, "当面核对", "经核对，确实不是您家签字，已作废。")
NOT_UPHELD = objections.Answer(Finding.NOT_UPHELD, "电话核对", "经核对，签字无误。")


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


def test_other_words_of_the_same_home_are_not_taken_for_a_second_click(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9)
        make_count.shown(at, tx, clock)
        object_to(tx, at, clock)
        for actor in (objector(tx, at), moderator(at, tx)):
            with pytest.raises(BadInput) as refused:
                objections.file_objection(
                    tx.session,
                    actor,
                    at.round.id,
                    at.homes[0].id,
                    ObjectionKind.NOT_US,
                    "那天家里没有人，签名也不是我妈的。",
                    now=clock.at,
                )
            assert refused.value.params["field"] == "statement"
        assert len(tx.session.scalars(select(Objection)).all()) == 1


def test_beside_a_tap_the_home_may_say_in_its_own_words_what_is_wrong(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9)
        code = say(tx.session, at, at.entries[9], Answer.AGREE, now=tx.now)
        make_count.shown(at, tx, clock)
        consent_id = tx.session.scalars(
            select(Consent.id).where(Consent.roll_entry_id == at.entries[9].id)
        ).one()
        held = contesting.Held(at.community.id, code, consent_id)
        contesting.contest(tx.session, ANYBODY, held, ObjectionKind.NOT_US, key=KEY, now=clock.at)
        for _click in range(2):
            object_to(tx, at, clock, home=9)
        assert len(tx.session.scalars(select(Objection)).all()) == 2


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


def test_a_tenant_and_an_absent_owner_object_apart_and_read_none_of_each_other(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9)
        make_count.shown(at, tx, clock)
        tenant = objector(tx, at)
        elsewhere = make.resident(tx.session, at.homes[0], as_owner=True)
        tx.session.query(Membership).filter_by(account_id=elsewhere.id).one().lives_there = False
        tx.session.flush()
        owner = make.actor(tx.session, elsewhere)
        made = [
            objections.file_objection(
                tx.session, who, at.round.id, at.homes[0].id, ObjectionKind.ROLL, "名册有误", now=clock.at
            )
            for who in (tenant, owner)
        ]
        for who, own in zip((tenant, owner), made, strict=True):
            assert list(filed.of_voice(tx.session, who, at.round.id, at.homes[0].id)) == [own]
        assert made[0].roll_entry_id == at.entries[0].id
