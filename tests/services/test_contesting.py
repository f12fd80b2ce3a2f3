"""Rule 12: a household checks its record by its code and contests it in one tap; rule 8: others look into it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from deliberate.db import Transaction
from deliberate.domain import serial
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import NotAllowed, NotFound
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.permissions import ANYBODY
from deliberate.domain.spot_check import Said, Way
from deliberate.models import (
    Consent,
    EntryStanding,
    FormIssue,
    Household,
    LedgerLeaf,
    Objection,
    OwnCheck,
    SpotVisit,
)
from deliberate.queries import people
from deliberate.services import cases, contesting, naming, stubs
from deliberate.services import objections as deeds
from deliberate.services.contesting import Held
from deliberate.services.objections import NotFiled
from deliberate.services.recording import receipt_code, stub_code
from tests import make, make_check, make_count
from tests.make import Clock
from tests.make_round import KEY, OpenRound, another_matter, open_round, paper, say

Begin = Callable[[], AbstractContextManager[Transaction]]


def stub_of(at: OpenRound, number: int) -> str:
    return stub_code(KEY, at.community.id, serial.printed(number))


def found(session: Session, at: OpenRound, code: str) -> list[Consent]:
    return list(naming.find_by_code(session, at.community.id, code, key=KEY))


def on_paper(tx: Transaction) -> tuple[OpenRound, Held]:
    """The first home's paper, and its stub in somebody's hand."""
    at = open_round(tx.session)
    paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
    code = stub_of(at, 1)
    return at, Held(at.community.id, code, found(tx.session, at, code)[0].id)


def contest(tx: Transaction, held: Held, kind: ObjectionKind = ObjectionKind.NOT_US) -> Objection:
    return contesting.contest(tx.session, ANYBODY, held, kind, key=KEY, now=tx.now)


def test_the_stub_of_a_paper_finds_what_the_paper_said(transaction: Begin) -> None:
    with transaction() as tx:
        at, held = on_paper(tx)
        spaced = f" {held.code[:4].lower()} {held.code[4:8]}-{held.code[8:]} "
        assert [c.serial for c in found(tx.session, at, spaced)] == [serial.printed(1)]
        with pytest.raises(NotFound):
            found(tx.session, at, stub_of(at, 2))
        with pytest.raises(NotFound):
            naming.find_by_code(tx.session, at.community.id + 1, held.code, key=KEY)


def test_a_receipt_code_finds_its_one_record(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        code = say(tx.session, at, at.entries[0], Answer.DISAGREE, now=tx.now)
        assert [c.answer for c in found(tx.session, at, code)] == [Answer.DISAGREE]


def test_saying_right_is_kept_and_changes_nothing(transaction: Begin) -> None:
    with transaction() as tx:
        at, held = on_paper(tx)
        contesting.confirm(tx.session, ANYBODY, held, key=KEY, now=tx.now)
        assert [(one.right, one.roll_entry_id) for one in tx.session.query(OwnCheck)] == [
            (True, at.entries[0].id)
        ]
        assert tx.session.query(Objection).count() == 0


def test_saying_wrong_opens_one_objection_however_often(transaction: Begin) -> None:
    with transaction() as tx:
        at, held = on_paper(tx)
        made = [contest(tx, held), contest(tx, held, ObjectionKind.WRONG_ANSWER)]
        assert {one.id for one in made} == {made[0].id}
        assert (made[0].consent_id, made[0].household_id) == (held.consent_id, at.homes[0].id)
        assert tx.session.query(OwnCheck).count() == 1
        assert tx.session.query(LedgerLeaf).filter_by(kind="objection").count() == 1


def test_a_code_says_nothing_of_another_record(transaction: Begin) -> None:
    with transaction() as tx:
        at, held = on_paper(tx)
        paper(tx.session, at, at.entries[1], Answer.AGREE, 2, now=tx.now)
        other = found(tx.session, at, stub_of(at, 2))[0].id
        with pytest.raises(NotFound):
            contest(tx, Held(at.community.id, held.code, other))
        with pytest.raises(NotFound):
            contest(tx, Held(at.community.id, "ZZZZ-ZZZZ-ZZZZ", other))
        assert tx.session.query(Objection).count() == 0


def test_upheld_while_the_round_is_open_the_record_is_void_and_the_household_may_answer(
    transaction: Begin,
) -> None:
    with transaction() as tx:
        at, held = on_paper(tx)
        objection = contest(tx, held)
        other = make.actor(tx.session, at.staff.other_moderator)
        answer = deeds.Answer(Finding.UPHELD, "打电话核实", "作废，对不起。", held.consent_id)
        with pytest.raises(NotAllowed, match="不在您手里"):
            deeds.answer_objection(tx.session, other, objection.id, answer, key=KEY, now=tx.now)
        cases.take_objection(tx.session, other, objection.id, now=tx.now)
        deeds.answer_objection(tx.session, other, objection.id, answer, key=KEY, now=tx.now)
        kept = tx.session.get_one(EntryStanding, at.entries[0].id)
        assert kept.standing not in (Standing.AGREE, Standing.CONTRADICTION)
        say(tx.session, at, at.entries[0], Answer.DISAGREE, now=tx.now)
        assert kept.standing is Standing.DISAGREE


def test_who_recorded_it_does_not_look_into_it(transaction: Begin) -> None:
    with transaction() as tx:
        at, held = on_paper(tx)
        objection = contest(tx, held)
        recorder = make.actor(tx.session, at.staff.canvasser)
        answer = deeds.Answer(Finding.NOT_UPHELD, "看了表", "没有错。")
        with pytest.raises(NotAllowed):
            deeds.answer_objection(tx.session, recorder, objection.id, answer, key=KEY, now=tx.now)


def test_a_replaced_record_is_not_contested(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        code = say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 1, now=tx.now, replaces=(code,))
        first = found(tx.session, at, code)[0]
        with pytest.raises(NotFiled):
            contest(tx, Held(at.community.id, code, first.id))


def test_one_paper_for_two_matters_shows_both(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session)
        second = another_matter(tx.session, at, now=tx.now)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
        paper(tx.session, second, second.entries[0], Answer.DISAGREE, 1, now=tx.now)
        answers = {c.consent_round_id: c.answer for c in found(tx.session, at, stub_of(at, 1))}
        assert answers == {at.round.id: Answer.AGREE, second.round.id: Answer.DISAGREE}


def test_stubs_are_printed_only_while_their_form_is_unregistered(transaction: Begin) -> None:
    with transaction() as tx:
        at, _held = on_paper(tx)
        issue = tx.session.query(FormIssue).filter_by(crew_id=at.crew.id).one()
        moderator = make.actor(tx.session, at.staff.moderator)

        def printed(start: int) -> list[str]:
            made = stubs.print_stubs(tx.session, moderator, at.round.id, issue.id, start, key=KEY, now=tx.now)
            return [stub.serial for stub in made]

        assert serial.printed(1) not in printed(0)
        assert printed(99) == [serial.printed(99), serial.printed(100)]
        assert printed(101) == []
        canvasser = make.actor(tx.session, at.staff.canvasser)
        with pytest.raises(NotAllowed):
            stubs.print_stubs(tx.session, canvasser, at.round.id, issue.id, 0, key=KEY, now=tx.now)


def test_a_record_is_contested_until_the_objection_period_ends(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 8, on_paper=2)
        held = [
            Held(at.community.id, stub_of(at, n), found(tx.session, at, stub_of(at, n))[0].id) for n in (1, 2)
        ]
        make_count.shown(at, tx, clock)
        contesting.contest(
            tx.session,
            ANYBODY,
            held[0],
            ObjectionKind.WRONG_ANSWER,
            key=KEY,
            now=clock.at + timedelta(days=6),
        )
        with pytest.raises(NotFiled):
            contesting.contest(
                tx.session, ANYBODY, held[1], ObjectionKind.NOT_US, key=KEY, now=clock.at + timedelta(days=8)
            )
        assert tx.session.query(Objection).count() == 1


def test_who_forged_a_paper_does_not_confirm_it_by_its_stub(transaction: Begin, clock: Clock) -> None:
    """The crew held the stub first: with its code alone `right` reaches no home of the sample, `wrong` does."""
    with transaction() as tx:
        at = make_count.answered(tx, 40, 40, on_paper=40)
        make_count.signed(at, tx, clock)
        first, second, third, *_rest = [
            one for one in make_check.drawn(tx.session, at, now=clock.at) if one.sample.place is not None
        ]
        held = []
        for one in (first, second, third):
            consent = tx.session.query(Consent).filter_by(roll_entry_id=one.entry.id).one()
            held.append(Held(at.community.id, receipt_code(KEY, consent.request_id), consent.id))
        for _try in range(2):
            contesting.confirm(tx.session, ANYBODY, held[0], key=KEY, now=clock.at)
        assert tx.session.query(SpotVisit).count() == 0
        home = tx.session.get_one(Household, first.home.id)
        member = make.actor(tx.session, make.resident(tx.session, home))
        contesting.confirm(tx.session, member, held[0], key=KEY, now=clock.at)
        contesting.contest(tx.session, ANYBODY, held[1], ObjectionKind.NOT_US, key=KEY, now=clock.at)
        letter = make.letter(tx.session, tx.session.get_one(Household, third.home.id), "K7QM2XR9WT4P")
        holder = people.actor(tx.session, letter_id=letter.id)
        contesting.confirm(tx.session, holder, held[2], key=KEY, now=clock.at)
        visits = tx.session.query(SpotVisit).order_by(SpotVisit.id).all()
        assert [visit.said for visit in visits] == [
            Said.AS_RECORDED,
            Said.NOT_AS_RECORDED,
            Said.AS_RECORDED,
        ]


def test_looking_ones_record_up_answers_a_spot_check(transaction: Begin, clock: Clock) -> None:
    """Reached means a visit, a call back, or the household's own check with its code."""
    with transaction() as tx:
        at = make_count.answered(tx, 40, 40)
        make_count.signed(at, tx, clock)
        first, second, *_rest = make_check.drawn(tx.session, at, now=clock.at)
        held = []
        for one in (first, second):
            consent = tx.session.query(Consent).filter_by(roll_entry_id=one.entry.id).one()
            held.append(Held(at.community.id, receipt_code(KEY, consent.request_id), consent.id))
        contesting.confirm(tx.session, ANYBODY, held[0], key=KEY, now=clock.at)
        contesting.contest(tx.session, ANYBODY, held[1], ObjectionKind.NOT_US, key=KEY, now=clock.at)
        visits = tx.session.query(SpotVisit).order_by(SpotVisit.id).all()
        assert [(visit.way, visit.said) for visit in visits] == [
            (Way.OWN_CHECK, Said.AS_RECORDED),
            (Way.OWN_CHECK, Said.NOT_AS_RECORDED),
        ]
