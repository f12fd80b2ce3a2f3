"""Who could have made a record in another's name judges none of it, and somebody else always can; on both stores."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import NotAllowed
from deliberate.domain.objection import Finding as Upheld
from deliberate.domain.objection import ObjectionKind
from deliberate.domain.permissions import ANYBODY, Role
from deliberate.domain.serial import printed
from deliberate.domain.spot_check import FormShows
from deliberate.domain.suspicion import Finding, Reach
from deliberate.models import (
    EntryStanding,
    Objection,
    RollEntry,
    SuspendedConsent,
    TabletRecord,
)
from deliberate.queries import deliveries, form_checks, recorders
from deliberate.queries import suspensions as suspended
from deliberate.services import (
    cases,
    consents,
    contesting,
    credentials,
    naming,
    objections,
    quarantine,
    suspensions,
)
from deliberate.services.contesting import Held
from deliberate.services.recording import stub_code
from tests import make, make_check
from tests.make import CODE_KEY, Clock
from tests.make_round import OpenRound, online, paper, say, settle
from tests.make_tablet import Tablet
from tests.services.checked_rounds import shown

pytestmark = pytest.mark.both


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def stands(session: Session, entry: RollEntry) -> Standing:
    return session.get_one(EntryStanding, entry.id, populate_existing=True).standing


def delivered(tablet: Tablet) -> None:
    """A paper in force, by the tablet whose code the moderator gave out."""
    assert tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)) == ["accepted"]


def stopped(session: Session, at: OpenRound, reach: Reach, clock: Clock) -> None:
    by = make.actor(session, at.staff.other_moderator)
    suspensions.suspend_crew(session, by, at.crew.id, "核查", reach, key=CODE_KEY, now=clock.at)


def contested(session: Session, at: OpenRound, clock: Clock) -> Objection:
    """Whoever holds the stub says that it was not them."""
    code = stub_code(CODE_KEY, at.community.id, printed(1))
    [named] = naming.find_by_code(session, at.community.id, code, key=CODE_KEY)
    held = Held(at.community.id, code, named.id)
    return contesting.contest(session, ANYBODY, held, ObjectionKind.NOT_US, key=CODE_KEY, now=clock.at)


def test_who_gave_out_the_code_of_the_tablet_does_not_answer_an_objection_to_its_paper(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    at, said = tablet.at, objections.Answer(Upheld.NOT_UPHELD, "看过", "没有问题")
    delivered(tablet)
    with store.transaction() as tx:
        filed = contested(tx.session, at, clock)
        issuer, scrutineer = (
            make.actor(tx.session, who) for who in (at.staff.moderator, at.staff.scrutineer)
        )
        with pytest.raises(NotAllowed):
            cases.take_objection(tx.session, issuer, filed.id, now=tx.now)
        with pytest.raises(NotAllowed):
            objections.answer_objection(tx.session, issuer, filed.id, said, key=CODE_KEY, now=tx.now)
        cases.take_objection(tx.session, scrutineer, filed.id, now=tx.now)
        objections.answer_objection(tx.session, scrutineer, filed.id, said, key=CODE_KEY, now=tx.now)
        assert filed.decided_by_id == at.staff.scrutineer.id


def test_who_gave_out_the_code_of_the_tablet_finds_its_paper_neither_genuine_nor_forged(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    """They may only leave it uncounted, so that a round with one moderator can still be closed."""
    at = tablet.at
    delivered(tablet)
    with store.transaction() as tx:
        stopped(tx.session, at, Reach.ALL, clock)
        issuer = make.actor(tx.session, at.staff.moderator)
        [one] = tx.session.scalars(select(SuspendedConsent))
        for finding in (Finding.GENUINE, Finding.FORGED):
            with pytest.raises(NotAllowed) as refusal:
                suspensions.recheck(tx.session, issuer, one.id, finding, "问过", key=CODE_KEY, now=tx.now)
            assert "请别的主持人核实" in refusal.value.next_step
        line = suspended.one_line(tx.session, issuer, one)
        assert (line.decidable, line.judgeable) == (True, False)
        suspensions.recheck(
            tx.session, issuer, one.id, Finding.UNREACHED, "去过三次", key=CODE_KEY, now=tx.now
        )
        assert stands(tx.session, at.entries[0]) is Standing.INVALID
        assert suspended.unchecked(tx.session, at.round.id) == 0


def test_another_moderator_finds_the_paper_of_that_tablet_genuine(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    at = tablet.at
    delivered(tablet)
    with store.transaction() as tx:
        stopped(tx.session, at, Reach.ALL, clock)
        [one] = tx.session.scalars(select(SuspendedConsent))
        other = make.actor(tx.session, at.staff.other_moderator)
        assert suspended.one_line(tx.session, other, one).judgeable
        suspensions.recheck(tx.session, other, one.id, Finding.GENUINE, "上门问过", key=CODE_KEY, now=tx.now)
        assert stands(tx.session, at.entries[0]) is Standing.AGREE


def test_who_gave_out_the_code_of_the_tablet_decides_nothing_that_it_delivered(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    at = tablet.at
    with store.transaction() as tx:
        stopped(tx.session, at, Reach.NONE, clock)
    assert tablet.deliver(tablet.answered(at.entries[0], Answer.AGREE, 1)) == ["quarantined"]
    with store.transaction() as tx:
        issuer, other = (
            make.actor(tx.session, who) for who in (at.staff.moderator, at.staff.other_moderator)
        )
        record = tx.session.scalars(select(TabletRecord.id)).one()
        with pytest.raises(NotAllowed):
            quarantine.take_case(tx.session, issuer, record, now=tx.now)
        with pytest.raises(NotAllowed):
            quarantine.decide(tx.session, issuer, record, True, "真的", key=CODE_KEY, now=tx.now)
        for actor, may in ((issuer, False), (other, True)):
            [line] = deliveries.queue(tx.session, actor, at.community.id, now=tx.now)
            assert line.decidable is may
        quarantine.decide(tx.session, other, record, True, "问过", key=CODE_KEY, now=tx.now)
        assert stands(tx.session, at.entries[0]) is Standing.AGREE


def test_who_gave_out_the_code_of_the_tablet_does_not_check_its_forms(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    at = tablet.at
    delivered(tablet)
    with store.transaction() as tx:
        for entry in at.entries[1:10]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        one = shown(tx, at, clock)
        make_check.planned(tx.session, at, now=clock.at)
        [form] = one.forms()
        assert form_checks.next_form(tx.session, one.actor("moderator"), at.round.id) is None
        with pytest.raises(NotAllowed):
            one.check_form(form, FormShows.AGREE, by="moderator")
        one.check_form(form, FormShows.AGREE)
        assert form_checks.progress(tx.session, at.round.id).waiting == 0


def test_who_gave_a_member_a_new_password_does_not_judge_what_was_answered_since(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    """They were told it, and could have answered themselves; what was said before is not theirs."""
    at, entry = tablet.at, tablet.at.entries[0]
    with store.transaction() as tx:
        both = make.staff(tx.session, at.community, Role.REGISTRAR, Role.MODERATOR)
        member = make.resident(tx.session, at.homes[0])

        def answer(said: Answer, tag: str) -> None:
            words = online(said, at.plan, tag)
            actor = make.actor(tx.session, member)
            consents.answer_online(tx.session, actor, entry.id, words, key=CODE_KEY, now=clock.at)

        answer(Answer.AGREE, "before")
        clock.forward(minutes=5)
        credentials.give_password(
            tx.session, make.actor(tx.session, both), at.community.id, member.id, now=clock.at
        )
        assert recorders.enablers(tx.session, [entry.id])[entry.id] == frozenset()
        clock.forward(minutes=5)
        paper(tx.session, at, entry, Answer.DISAGREE, 1, now=clock.at, key=CODE_KEY)
        answer(Answer.AGREE, "since")
        assert stands(tx.session, entry) is Standing.CONTRADICTION
        with pytest.raises(NotAllowed):
            settle(tx.session, both, entry, Answer.AGREE, now=clock.at)
        settle(tx.session, at.staff.moderator, entry, Answer.DISAGREE, now=clock.at)
