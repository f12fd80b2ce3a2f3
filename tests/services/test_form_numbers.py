"""Which numbered forms may be registered, and for which round of a matter (rules 7 and 9)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer, Standing, standing
from deliberate.domain.errors import BadInput
from deliberate.domain.serial import printed
from deliberate.domain.stack import PictureState
from deliberate.models import Proposal, RollEntry, StackPicture
from deliberate.queries.tallies import records_of_entry
from deliberate.services import closing, discussion, forms, plans, rounds
from deliberate.services.discussion import Summary
from deliberate.services.form_numbers import NotIssued, OtherRound
from deliberate.services.papers import SerialUsed
from tests import make, make_count
from tests.make import Clock
from tests.make_round import OpenRound, another_matter, certified, fixed_plan, open_round, paper, prepared
from tests.make_tablet import Tablet

Begin = Callable[..., AbstractContextManager[Transaction]]


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def second_round(at: OpenRound, tx: Transaction, clock: Clock) -> OpenRound:
    """The matter that was not carried is asked again, with another text; no form has been issued yet."""
    session, moderator = tx.session, make.actor(tx.session, at.staff.moderator)
    matter = session.get_one(Proposal, at.proposal.id)
    discussion.open_discussion(
        session, moderator, matter.id, make.opening(now=clock.at), now=clock.at, reason="再议一次"
    )
    summary = Summary("先修三栋。", "无", "按提案写方案。")
    discussion.close_round(session, moderator, matter.id, summary, early=True, now=clock.at)
    plan = plans.fix_plan(session, moderator, matter.id, make.plan_text(), now=clock.at)
    clock.forward(days=8)
    made, crew = prepared(session, at.staff, matter, now=clock.at)
    certified(session, at.staff, made.id, now=clock.at)
    rounds.open_round(session, moderator, made.id, now=clock.at)
    entries = session.query(RollEntry).filter_by(consent_round_id=made.id).order_by(RollEntry.id).all()
    return replace(at, plan=plan, round=made, crew=crew, entries=list(entries))


def test_a_form_of_a_round_that_is_over_serves_no_later_one(transaction: Begin, clock: Clock) -> None:
    """Neither one that stands on a record, nor one that was written down as blank."""
    with transaction() as tx:
        at = make_count.answered(tx, 10, 7, on_paper=3)
        make_count.concluded(at, tx, clock)
        again = second_round(at, tx, clock)
        for entry, number in ((0, 1), (9, 50)):
            with pytest.raises(OtherRound):
                paper(tx.session, again, again.entries[entry], Answer.AGREE, number, now=clock.at)
        moderator = make.actor(tx.session, at.staff.moderator)
        issued = forms.issue_forms(tx.session, moderator, again.crew.id, 5, now=clock.at)
        paper(tx.session, again, again.entries[0], Answer.AGREE, issued.first_serial, now=clock.at)
        balance = forms.balance_of(tx.session, again.crew)
        assert (balance.issued, balance.registered, balance.missing) == (5, 1, 4)


def test_a_form_serves_a_matter_once_whatever_its_round(transaction: Begin, clock: Clock) -> None:
    """Handed out for another matter that still runs, it was used for this one before."""
    with transaction() as tx:
        at = make_count.answered(tx, 10, 7, on_paper=3)
        other = another_matter(tx.session, at, now=tx.now)
        moderator = make.actor(tx.session, at.staff.moderator)
        shared = forms.issue_forms(tx.session, moderator, other.crew.id, 5, now=tx.now).first_serial
        paper(tx.session, at, at.entries[8], Answer.DISAGREE, shared, now=tx.now)
        paper(tx.session, other, other.entries[8], Answer.AGREE, shared, now=tx.now)
        make_count.concluded(at, tx, clock)
        again = second_round(at, tx, clock)
        with pytest.raises(SerialUsed):
            paper(tx.session, again, again.entries[8], Answer.AGREE, shared, now=clock.at)
        paper(tx.session, again, again.entries[8], Answer.AGREE, shared + 1, now=clock.at)


@dataclass
class Shared:
    """A paper of two matters: entered for the first, whose round has closed; the second is open still."""

    first: OpenRound
    second: OpenRound
    signed_at: datetime
    figures: dict[str, object]


def shared(tx: Transaction, clock: Clock) -> Shared:
    """Its first matter opened ten days before the second; form 1 was signed for both, of a home, and form 2 blank."""
    first = open_round(tx.session, 10, now=clock.at)
    clock.forward(days=10)
    second = another_matter(tx.session, first, now=clock.at)
    signed_at = clock.forward(days=1)
    paper(tx.session, first, first.entries[0], Answer.AGREE, 1, now=clock.at)
    moderator = make.actor(tx.session, first.staff.moderator)
    held = forms.balance_of(tx.session, first.crew).missing
    forms.return_forms(tx.session, moderator, first.crew.id, clock.at.date(), held, 0, now=clock.at)
    clock.forward(days=9)
    sheet = closing.close_round(tx.session, moderator, first.round.id, now=clock.at)
    return Shared(first, second, signed_at, sheet.figures["forms"])


def test_a_form_on_record_serves_a_matter_that_is_open_still_though_its_own_round_has_closed(
    transaction: Begin, clock: Clock
) -> None:
    """It was signed while both ran; the forms of the closed round balance as its sheet says."""
    with transaction() as tx:
        at = shared(tx, clock)
        entry = at.second.entries[0]
        paper(tx.session, at.second, entry, Answer.AGREE, 1, now=clock.at, signed_at=at.signed_at)
        assert standing(records_of_entry(tx.session, entry.id)) is Standing.AGREE
        balance = forms.balance_of(tx.session, at.first.crew)
        assert (balance.registered, balance.missing) == (at.figures["registered"], 0)
        asked = {"now": clock.at, "signed_at": at.signed_at}
        with pytest.raises(SerialUsed):
            paper(tx.session, at.second, entry, Answer.AGREE, 1, **asked, tag="again")


@pytest.mark.parametrize(
    ("home", "number", "since_closing", "refusal"),
    [
        pytest.param(1, 1, -timedelta(days=9), SerialUsed, id="of another home"),
        pytest.param(0, 2, -timedelta(days=9), OtherRound, id="on no record"),
        pytest.param(0, 1, timedelta(), OtherRound, id="signed after its own round"),
        pytest.param(0, 200, -timedelta(days=9), NotIssued, id="never handed out"),
    ],
)
def test_no_other_form_of_a_closed_round_serves_a_matter_that_is_open_still(
    transaction: Begin,
    clock: Clock,
    home: int,
    number: int,
    since_closing: timedelta,
    refusal: type[BadInput],
) -> None:
    with transaction() as tx:
        at = shared(tx, clock)
        entry, signed_at = at.second.entries[home], clock.at + since_closing
        clock.forward(hours=1)
        with pytest.raises(refusal):
            paper(tx.session, at.second, entry, Answer.AGREE, number, now=clock.at, signed_at=signed_at)


def test_a_form_of_a_round_that_has_not_begun_is_not_registered(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 10)
        moderator = make.actor(tx.session, at.staff.moderator)
        matter, _plan = fixed_plan(tx.session, at.community, at.staff.moderator, now=tx.now, number=2)
        _round, crew = prepared(tx.session, at.staff, matter, now=tx.now)
        ahead = forms.issue_forms(tx.session, moderator, crew.id, 5, now=tx.now).first_serial
        for number, refusal in ((ahead, OtherRound), (ahead + 5, NotIssued)):
            with pytest.raises(refusal):
                paper(tx.session, at, at.entries[0], Answer.AGREE, number, now=tx.now)


def test_a_tablet_brings_no_form_of_another_round_among_others(store: Database, tablet: Tablet) -> None:
    at = tablet.at
    with store.transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        matter, _plan = fixed_plan(tx.session, at.community, at.staff.moderator, now=tx.now, number=2)
        _round, crew = prepared(tx.session, at.staff, matter, now=tx.now)
        ahead = forms.issue_forms(tx.session, moderator, crew.id, 5, now=tx.now).first_serial
    records = [tablet.answered(at.entries[place], Answer.AGREE, n) for place, n in enumerate((1, ahead, 2))]
    assert tablet.deliver(*records) == ["accepted", "quarantined", "accepted"]
    assert tablet.sync(records[1])["results"][0]["reason"] == "serial_not_issued"


def test_a_form_declared_spoilt_is_registered_at_no_door(store: Database, tablet: Tablet) -> None:
    with store.transaction() as tx:
        at = tablet.at
        spoilt = StackPicture(
            community_id=at.community.id,
            sha256="5" * 64,
            mime="image/jpeg",
            size=1,
            serial=printed(7),
            at=tx.now,
            by_id=at.staff.canvasser.id,
            state=PictureState.SPOILT,
            settled_at=tx.now,
            settled_by_id=at.staff.canvasser.id,
            why="写错了",
        )
        tx.session.add(spoilt)
        tx.session.flush()
        with pytest.raises(BadInput):
            paper(tx.session, at, at.entries[0], Answer.AGREE, 7, now=tx.now)
    records = [tablet.answered(tablet.at.entries[place], Answer.AGREE, place + 6) for place in range(3)]
    assert tablet.deliver(*records) == ["accepted", "quarantined", "accepted"]
