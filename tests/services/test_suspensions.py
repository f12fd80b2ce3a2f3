"""A crew under suspicion: its counted papers are suspended, rechecked, and count again or never, on both stores."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from deliberate.db import Database, Lock
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal, Stale
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind
from deliberate.domain.serial import printed
from deliberate.domain.suspicion import Finding, Reach
from deliberate.models import (
    Account,
    Consent,
    CrewSuspension,
    EntryStanding,
    Evidence,
    JournalEntry,
    LedgerLeaf,
    SuspendedConsent,
    TabletRecord,
)
from deliberate.queries import suspensions as queries
from deliberate.queries import tallies
from deliberate.services import cases, closing, consents, duties, quarantine, suspensions
from deliberate.services.rounds import RoundNotReady
from deliberate.services.suspensions import NotTrusted
from tests import make, make_count
from tests.make import CODE_KEY, Clock
from tests.make_letter import browser
from tests.make_round import paper
from tests.make_tablet import Tablet
from tests.statements import heard


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def stop(store: Database, tablet: Tablet, reach: Reach) -> None:
    with store.transaction() as tx:
        moderator = make.actor(tx.session, tablet.at.staff.moderator)
        crew = tablet.at.crew.id
        suspensions.suspend_crew(
            tx.session, moderator, crew, "两户说没有见过人", reach, key=CODE_KEY, now=tx.now
        )


def recheck(store: Database, who: Account, suspended: int, finding: Finding, why: str = "上门问过") -> None:
    with store.transaction() as tx:
        actor = make.actor(tx.session, who)
        suspensions.recheck(tx.session, actor, suspended, finding, why, key=CODE_KEY, now=tx.now)


def signed(tablet: Tablet, *places: int) -> None:
    """Papers in force, one for each home."""
    for place in places:
        record = tablet.answered(tablet.at.entries[place], Answer.AGREE, place + 1)
        assert tablet.deliver(record) == ["accepted"]


def standings(store: Database, tablet: Tablet, number: int) -> list[str]:
    with store.reading() as session:
        kept = [session.get(EntryStanding, entry.id) for entry in tablet.at.entries[:number]]
        return [one.standing.value if one else "silent" for one in kept]


def suspended(store: Database) -> list[int]:
    with store.reading() as session:
        return list(session.scalars(select(SuspendedConsent.id).order_by(SuspendedConsent.id)))


def close(store: Database, tablet: Tablet) -> None:
    with store.transaction() as tx:
        moderator = make.actor(tx.session, tablet.at.staff.moderator)
        closing.close_round(tx.session, moderator, tablet.at.round.id, now=tx.now)


def agreed(store: Database, tablet: Tablet) -> int:
    """As the count has it, from the consents themselves."""
    with store.reading() as session:
        tally = tallies.recount(session, tablet.at.round.id)
        return next(iter(tally.values())).agree.one


@pytest.mark.both
def test_a_suspended_paper_counts_for_nothing_until_it_is_found_genuine(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    signed(tablet, 0)
    clock.forward(days=1)
    signed(tablet, 1, 2)
    stop(store, tablet, Reach.TODAY)
    stop(store, tablet, Reach.TODAY)
    assert standings(store, tablet, 3) == ["agree", "invalid", "invalid"]
    assert agreed(store, tablet) == 1
    first, second = suspended(store)
    ends = tablet.at.round.register_until
    assert ends is not None
    clock.at = ends + timedelta(hours=1)
    other = tablet.at.staff.other_moderator
    with pytest.raises(BadInput):
        recheck(store, other, first, Finding.GENUINE, " ")
    recheck(store, other, first, Finding.GENUINE)
    recheck(store, other, second, Finding.FORGED)
    with pytest.raises(Stale):
        recheck(store, other, first, Finding.FORGED)
    assert standings(store, tablet, 3) == ["agree", "agree", "invalid"]
    assert agreed(store, tablet) == 2
    with store.reading() as session:
        deeds = session.scalars(
            select(Consent.deed).where(Consent.roll_entry_id == tablet.at.entries[1].id).order_by(Consent.id)
        ).all()
        assert [deed.value for deed in deeds] == ["answer", "voiding", "correction"]
        assert session.scalar(select(func.count(LedgerLeaf.id)).where(LedgerLeaf.kind == "consent")) == 6
        noted = session.scalars(select(JournalEntry.what)).all()
        assert {"crew_suspended", "crew_papers_suspended", "suspended_paper_genuine"} <= set(noted)


def test_whoever_recorded_it_or_is_in_the_crew_does_not_recheck(store: Database, tablet: Tablet) -> None:
    signed(tablet, 0)
    stop(store, tablet, Reach.ALL)
    (one,) = suspended(store)
    for who in (tablet.at.staff.canvasser, tablet.at.staff.scrutineer):
        with pytest.raises(NotAllowed):
            recheck(store, who, one, Finding.GENUINE)
    with pytest.raises(NotFound):
        recheck(store, tablet.at.staff.moderator, one + 9, Finding.GENUINE)


def test_only_who_took_it_sees_the_paper_and_its_evidence(store: Database, tablet: Tablet) -> None:
    signed(tablet, 0)
    stop(store, tablet, Reach.ALL)
    (one,) = suspended(store)
    with store.transaction() as tx:
        piece = tx.session.scalars(select(Evidence.id).order_by(Evidence.id)).first() or 0
        mine = make.actor(tx.session, tablet.at.staff.moderator)
        other = make.actor(tx.session, tablet.at.staff.other_moderator)
        for _ in range(2):
            suspensions.take_case(tx.session, mine, one, now=tx.now)
        assert suspensions.require_holder(tx.session, mine, one).id == one
        assert cases.evidence_for(tx.session, mine, tablet.at.community.id, piece).id == piece
        with pytest.raises(NotAllowed):
            suspensions.require_holder(tx.session, other, one)
        with pytest.raises(NotAllowed):
            cases.evidence_for(tx.session, other, tablet.at.community.id, piece)
        (line,) = queries.queue(tx.session, mine, tablet.at.community.id)
        assert line.hold
        assert (line.hold.account_id, line.decidable) == (mine.account_id, True)
        assert queries.waiting(tx.session, tablet.at.community.id) == 1


def test_a_long_queue_costs_no_more_questions_than_a_short_one(store: Database, tablet: Tablet) -> None:
    def asked() -> tuple[int, int]:
        with store.reading() as session:
            moderator = make.actor(session, tablet.at.staff.moderator)
            with heard(store) as said:
                lines = queries.queue(session, moderator, tablet.at.community.id)
        return len(lines), len(said)

    signed(tablet, 0, 1, 2)
    stop(store, tablet, Reach.ALL)
    long, cost = asked()
    for one in suspended(store)[:2]:
        recheck(store, tablet.at.staff.other_moderator, one, Finding.GENUINE)
    assert (long, asked()) == (3, (1, cost))


@pytest.mark.both
def test_two_proven_forgeries_suspend_all_that_the_crew_registered(store: Database, tablet: Tablet) -> None:
    signed(tablet, 0, 1, 2, 3)
    tablet.deliver(tablet.answered(tablet.at.entries[4], Answer.AGREE, 1))
    other = tablet.at.staff.other_moderator
    with store.transaction() as tx:
        record = tx.session.scalars(select(TabletRecord.id).where(TabletRecord.reason == "serial_used")).one()
        actor, why = make.actor(tx.session, other), "这一户没有人签过"
        made = quarantine.decide(tx.session, actor, record, False, why, forged=True, key=CODE_KEY, now=tx.now)
        assert made.forged
        assert queries.forgeries(tx.session, tablet.at.crew.id) == 1
        assert queries.standing(tx.session, tablet.at.crew.id) is None
    stop(store, tablet, Reach.NONE)
    assert suspended(store) == []
    with store.transaction() as tx:
        moderator = make.actor(tx.session, tablet.at.staff.moderator)
        suspensions.lift_suspension(tx.session, moderator, tablet.at.crew.id, "先恢复", now=tx.now)
        standing = suspensions.suspend_crew(
            tx.session, moderator, tablet.at.crew.id, "又有一户", Reach.TODAY, key=CODE_KEY, now=tx.now
        )
        assert standing.lifted_at is None
    ids = suspended(store)
    assert len(ids) == 4
    recheck(store, other, ids[0], Finding.GENUINE)
    with store.transaction() as tx:
        moderator = make.actor(tx.session, tablet.at.staff.moderator)
        suspensions.lift_suspension(tx.session, moderator, tablet.at.crew.id, "先恢复", now=tx.now)
    signed(tablet, 5)
    assert standings(store, tablet, 6) == ["agree", *["invalid"] * 3, "silent", "agree"]
    recheck(store, other, ids[1], Finding.FORGED)
    assert standings(store, tablet, 6) == ["agree", *["invalid"] * 3, "silent", "invalid"], (
        "what somebody has asked about already stays, everything else is suspended"
    )
    with store.transaction() as tx:
        moderator = make.actor(tx.session, tablet.at.staff.moderator)
        stopped = tx.session.scalars(select(CrewSuspension).where(CrewSuspension.lifted_at.is_(None))).one()
        assert stopped.reason == suspensions.PROVEN_WHY
        with pytest.raises(NotTrusted):
            suspensions.lift_suspension(tx.session, moderator, tablet.at.crew.id, "恢复", now=tx.now)


A_WHILE = 0.3
"""Seconds in which another thread certainly comes to its first lock; less proves less, but fails nothing."""


@pytest.mark.both
def test_a_crew_is_not_trusted_again_while_its_second_forgery_is_being_saved(
    store: Database, tablet: Tablet, served: Flask
) -> None:
    """Whoever lifts the stop at that moment waits, and is refused."""
    served.config["WTF_CSRF_ENABLED"] = False
    signed(tablet, 0, 1)
    stop(store, tablet, Reach.ALL)
    first, second = suspended(store)
    other = tablet.at.staff.other_moderator
    recheck(store, other, first, Finding.FORGED)
    with store.reading() as session:
        pairs = queries.to_lock(session, suspensions.suspended_of(session, second))
    client = browser(served, tablet.at.staff.moderator)
    address = f"/c/{tablet.at.community.slug}/desk/crews/{tablet.at.crew.id}/lift"
    with ThreadPoolExecutor(1) as pool:
        with store.transaction(Lock.crew(tablet.at.round.id, pairs)) as tx:
            actor = make.actor(tx.session, other)
            suspensions.recheck(
                tx.session, actor, second, Finding.FORGED, "没有签过", key=CODE_KEY, now=tx.now
            )
            lifting = pool.submit(client.post, address, data={"reason": "问清楚了"})
            time.sleep(A_WHILE)
        assert lifting.result().status_code == 409
    with store.reading() as session:
        assert queries.forgeries(session, tablet.at.crew.id) == 2
        assert queries.standing(session, tablet.at.crew.id) is not None


def test_whoever_has_a_duty_in_a_crew_neither_stops_it_nor_trusts_it_again(
    store: Database, tablet: Tablet
) -> None:
    with store.transaction() as tx:
        at = tablet.at
        mate = make.staff(tx.session, at.community, Role.CANVASSER, Role.MODERATOR, name="测试同组")
        by = make.actor(tx.session, at.staff.moderator)
        duties.assign(tx.session, by, at.round.id, mate.id, DutyKind.CANVASSER, at.crew.id, now=tx.now)
        own, crew = make.actor(tx.session, mate), at.crew.id
        with pytest.raises(NotAllowed):
            suspensions.suspend_crew(tx.session, own, crew, "核查", key=CODE_KEY, now=tx.now)
        suspensions.suspend_crew(tx.session, by, crew, "核查", key=CODE_KEY, now=tx.now)
        with pytest.raises(NotAllowed):
            suspensions.widen_suspension(tx.session, own, crew, Reach.ALL, key=CODE_KEY, now=tx.now)
        with pytest.raises(NotAllowed):
            suspensions.lift_suspension(tx.session, own, crew, "问清楚了", now=tx.now)
        assert queries.standing(tx.session, crew) is not None
        suspensions.lift_suspension(tx.session, by, crew, "问清楚了", now=tx.now)
        assert queries.standing(tx.session, crew) is None


@pytest.mark.both
def test_a_round_is_not_closed_over_suspended_papers_that_nobody_checked(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    signed(tablet, 0, 1, 2)
    stop(store, tablet, Reach.ALL)
    with store.transaction() as tx:
        make_count.over(tablet.at, tx, clock)
    with pytest.raises(RoundNotReady) as refusal:
        close(store, tablet)
    assert refusal.value.params == {"waiting": 3}
    assert "核查小组登记的意见表" in refusal.value.next_step
    first, second, third = suspended(store)
    recheck(store, tablet.at.staff.other_moderator, first, Finding.GENUINE)
    recheck(store, tablet.at.staff.other_moderator, second, Finding.FORGED)
    with pytest.raises(RoundNotReady):
        close(store, tablet)
    recheck(store, tablet.at.staff.moderator, third, Finding.UNREACHED, "去过三次，打过电话")
    close(store, tablet)
    assert standings(store, tablet, 3) == ["agree", "invalid", "invalid"]
    with store.reading() as session:
        assert queries.forgeries(session, tablet.at.crew.id) == 1, "who is not reached proves nothing"


def test_a_suspended_paper_of_a_home_that_said_something_since_holds_up_no_closing(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    signed(tablet, 0)
    stop(store, tablet, Reach.ALL)
    with store.transaction() as tx:
        assert queries.unchecked(tx.session, tablet.at.round.id) == 1
        actor = make.actor(tx.session, make.resident(tx.session, tablet.at.homes[0]))
        said = consents.OnlineAnswer(Answer.DISAGREE, tablet.at.plan.sha256, "since", replaces=(printed(1),))
        consents.answer_online(tx.session, actor, tablet.at.entries[0].id, said, key=CODE_KEY, now=tx.now)
        make_count.over(tablet.at, tx, clock)
    close(store, tablet)
    assert standings(store, tablet, 1) == ["disagree"]


def test_what_the_household_says_since_holds(store: Database, tablet: Tablet) -> None:
    signed(tablet, 0)
    stop(store, tablet, Reach.ALL)
    (one,) = suspended(store)
    with store.transaction() as tx:
        home, entry = tablet.at.homes[0], tablet.at.entries[0]
        resident = make.resident(tx.session, home)
        serial = tx.session.scalars(select(Consent.serial).order_by(Consent.id)).first()
        said = consents.OnlineAnswer(
            Answer.DISAGREE, tablet.at.plan.sha256, "household-says", replaces=(serial or "",)
        )
        actor = make.actor(tx.session, resident)
        consents.answer_online(tx.session, actor, entry.id, said, key=CODE_KEY, now=tx.now)
        assert queries.paper(tx.session, suspensions.suspended_of(tx.session, one)).said_since
    recheck(store, tablet.at.staff.other_moderator, one, Finding.GENUINE)
    assert standings(store, tablet, 1) == ["disagree"]


def test_found_genuine_it_may_contradict_what_came_meanwhile(store: Database, tablet: Tablet) -> None:
    signed(tablet, 0)
    stop(store, tablet, Reach.ALL)
    with store.transaction() as tx:
        resident = make.resident(tx.session, tablet.at.homes[0])
        said = consents.OnlineAnswer(Answer.DISAGREE, tablet.at.plan.sha256, "meanwhile")
        actor = make.actor(tx.session, resident)
        entry = tablet.at.entries[0].id
        consents.answer_online(tx.session, actor, entry, said, key=CODE_KEY, now=tx.now)
    assert standings(store, tablet, 1) == ["disagree"]
    recheck(store, tablet.at.staff.other_moderator, suspended(store)[0], Finding.GENUINE)
    assert standings(store, tablet, 1) == [Standing.CONTRADICTION.value]


def test_a_stopped_crew_registers_nothing_on_any_page(store: Database, tablet: Tablet) -> None:
    stop(store, tablet, Reach.ALL)
    with store.transaction() as tx, pytest.raises(Refusal) as refusal:
        paper(tx.session, tablet.at, tablet.at.entries[0], Answer.AGREE, 1, now=tx.now)
    assert "暂停" in refusal.value.why
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    assert tablet.deliver(record) == ["quarantined"]


def test_a_standing_stop_reaches_further_without_being_lifted(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    signed(tablet, 0)
    clock.forward(days=1)
    signed(tablet, 1)

    def widen(reach: Reach) -> None:
        with store.transaction() as tx:
            moderator = make.actor(tx.session, tablet.at.staff.moderator)
            crew = tablet.at.crew.id
            suspensions.widen_suspension(tx.session, moderator, crew, reach, key=CODE_KEY, now=tx.now)

    with pytest.raises(Stale):
        widen(Reach.ALL)
    stop(store, tablet, Reach.NONE)
    assert standings(store, tablet, 2) == ["agree", "agree"]
    for reach, stands in ((Reach.TODAY, ["agree", "invalid"]), (Reach.ALL, ["invalid", "invalid"])):
        widen(reach)
        widen(reach)
        assert standings(store, tablet, 2) == stands
    with store.reading() as session:
        assert session.scalar(select(func.count(CrewSuspension.id))) == 1
