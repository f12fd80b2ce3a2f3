"""Spot checks as people do them: planned, drawn, asked again by others, judged."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select

from deliberate.db import Transaction
from deliberate.domain.errors import BadInput, NotAllowed, Stale, WrongStage
from deliberate.domain.gate import GateShut
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind
from deliberate.domain.rules import Outcome
from deliberate.domain.spot_check import (
    ATTEMPTS,
    CheckKind,
    CheckResult,
    Said,
    Way,
    in_order,
    probe_size,
)
from deliberate.models import (
    Household,
    InboxMessage,
    LedgerLeaf,
    Notice,
    SpotVisit,
)
from deliberate.queries import revisitors, spot_samples
from deliberate.queries import spot_checks as checks
from deliberate.services import (
    duties,
    execution,
    full_rechecks,
    outcomes,
    revisits,
    spot_checks,
    spot_draws,
)
from deliberate.services.full_rechecks import NotRechecked
from deliberate.services.spot_checks import NotChecked
from tests import make, make_check, make_count
from tests.make import Clock
from tests.make_check import SEED
from tests.services.checked_rounds import Signed, signed

Begin = Callable[[], AbstractContextManager[Transaction]]


def test_a_comfortable_adoption_is_confirmed_by_asking_a_few(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40, on_paper=4)
        homes = one.draw()
        drawn = [home for home in homes if home.sample.place is not None]
        check = checks.latest(tx.session, one.at.round.id)
        assert check is not None
        assert (check.kind, check.frame, check.wrong, check.allowed) == (CheckKind.CONSENTS, 40, 9, 0)
        assert len(drawn) == check.sample == 11
        slots = {entry.slot for entry in one.at.entries}
        by_place = sorted(drawn, key=lambda home: home.sample.place or 0)
        assert [home.entry.slot for home in by_place] == in_order(SEED, slots)[:11]
        for home in homes:
            one.ask(home, Said.AGREE)
        assert one.conclude() is CheckResult.CONFIRMED
        assert one.conclude() is CheckResult.CONFIRMED
        clock.forward(days=8)
        made = outcomes.conclude(tx.session, one.actor("moderator"), one.at.round.id, now=clock.at)
        assert made.outcome is Outcome.ADOPTED
        execution.start(tx.session, one.actor("moderator"), one.at.proposal.id, now=clock.at)
        steps = tx.session.scalars(select(LedgerLeaf.kind).where(LedgerLeaf.kind == "check")).all()
        assert len(steps) == 3, "plan, draw and verdict are leaves of the ledger"


def test_nothing_becomes_final_unchecked(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        clock.forward(days=8)
        with pytest.raises(WrongStage):
            outcomes.conclude(tx.session, one.actor("moderator"), one.at.round.id, now=clock.at)
        with pytest.raises(GateShut) as shut:
            execution.start(tx.session, one.actor("moderator"), one.at.proposal.id, now=clock.at)
        assert "抽查" in shut.value.why


def test_who_recorded_or_lives_there_does_not_ask_and_nobody_sees_the_record(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 40, 40, on_paper=20)
        session, moderator = tx.session, make.actor(tx.session, at.staff.moderator)
        second = make.staff(session, at.community, Role.CANVASSER, name="测试入户二")
        crew = duties.make_crew(session, moderator, at.round.id, "第二组", {}, "志愿者", now=tx.now)
        duties.assign(session, moderator, at.round.id, second.id, DutyKind.CANVASSER, crew.id, now=tx.now)
        make_count.signed(at, tx, clock)
        one = Signed(tx, at, clock)
        homes = one.draw()
        recorded = {c.roll_entry_id for c in one.forms()}
        for home in homes:
            if home.entry.id in recorded:
                assert home.assigned_id != at.staff.canvasser.id
        on_paper = next(home for home in homes if home.entry.id in recorded)
        with pytest.raises(BadInput):
            revisits.reassign(
                session, one.actor("scrutineer"), on_paper.sample.id, at.staff.canvasser.id, now=clock.at
            )
        revisits.reassign(session, one.actor("scrutineer"), on_paper.sample.id, second.id, now=clock.at)
        again = spot_samples.one_asked(session, at.community.id, on_paper.sample.id)
        assert again is not None
        assert again.assigned_id == second.id
        for name in ("canvasser", "scrutineer", "moderator", "registrar"):
            with pytest.raises(NotAllowed):
                revisits.keep_attempt(
                    session,
                    one.actor(name),
                    on_paper.sample.id,
                    Way.CALL,
                    Said.AGREE,
                    request_id=name,
                    now=clock.at,
                )
        neighbour = make.resident(session, session.get_one(Household, on_paper.home.id))
        make.grant(session, at.community, neighbour, Role.CANVASSER)
        duties.assign(
            session, moderator, at.round.id, neighbour.id, DutyKind.CANVASSER, crew.id, now=clock.at
        )
        assert neighbour.id not in revisitors.able(session, at.round.id, [again])[again.sample.id]
        probe = [home for home in homes if home.sample.crew_id is not None]
        drawn_of_crew = [h for h in homes if h.sample.place is not None and h.entry.id in recorded]
        assert len(probe) + len(drawn_of_crew) == probe_size(20) == 11
        assert all(home.sample.crew_id == at.crew.id for home in probe)


def test_three_attempts_then_it_counts_as_wrong_and_everything_is_rechecked(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40, on_paper=1)
        first, *others = [home for home in one.draw() if home.sample.place is not None]
        with pytest.raises(BadInput):
            one.conclude()
        for n in range(ATTEMPTS):
            one.ask(first, None, tag=str(n))
            one.ask(first, None, tag=str(n))
        assert tx.session.query(SpotVisit).count() == ATTEMPTS, "the same attempt sent twice is one"
        with pytest.raises(NotChecked):
            one.ask(first, Said.AGREE, tag="late")
        for home in others:
            one.ask(home, Said.AGREE)
        assert one.conclude() is CheckResult.RECHECK_NEEDED
        notice = tx.session.scalars(select(Notice).where(Notice.kind == NoticeKind.RECHECK)).one()
        assert notice.data["failed"] is True
        told = tx.session.query(InboxMessage).filter_by(kind="full_recheck").count()
        assert told == 39, "one household answered on paper and has no account"
        with pytest.raises(NotRechecked):
            one.finish()
        make_check.forms_checked(tx.session, one.at, now=clock.at)
        assert one.finish() is CheckResult.RECHECKED
        assert one.finish() is CheckResult.RECHECKED
        clock.forward(days=8)
        made = outcomes.conclude(tx.session, one.actor("moderator"), one.at.round.id, now=clock.at)
        assert made.outcome is Outcome.ADOPTED


@pytest.mark.parametrize("allowed", [0, 1])
def test_a_difference_passes_only_if_it_was_allowed_beforehand(
    transaction: Begin, clock: Clock, allowed: int
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 60, 60)
        homes = one.draw(allowed)
        for n, home in enumerate(homes):
            one.ask(home, Said.DISAGREE if n == 0 else Said.AGREE)
        assert one.conclude() is (CheckResult.CONFIRMED if allowed else CheckResult.RECHECK_NEEDED)
        published = checks.published(tx.session, one.at.round.id)
        assert published is not None
        assert sorted(found for _slot, found in published.slots).count("differs") == 1


def test_a_rejection_is_checked_among_those_who_did_not_consent(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 8, 22)
        homes = one.draw()
        check = checks.latest(tx.session, one.at.round.id)
        assert check is not None
        assert (check.kind, check.frame, check.wrong) == (CheckKind.NON_CONSENTS, 32, 24)
        agreeing = {entry.id for entry in one.at.entries[:8]}
        assert not agreeing & {home.entry.id for home in homes}
        for home, said in zip(homes, (Said.NOTHING, Said.DISAGREE, Said.ABSTAIN), strict=False):
            one.ask(home, said)
        assert one.conclude() is CheckResult.CONFIRMED
        clock.forward(days=8)
        made = outcomes.conclude(tx.session, one.actor("moderator"), one.at.round.id, now=clock.at)
        assert made.outcome is Outcome.REJECTED


def test_a_dropped_consent_is_found_in_a_rejection(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 8, 22)
        for n, home in enumerate(one.draw()):
            one.ask(home, Said.AGREE if n == 0 else Said.NOTHING)
        assert one.conclude() is CheckResult.RECHECK_NEEDED


def test_the_dice_wait_for_plan_and_anchor_and_are_thrown_once(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        session, round_id, scrutineer = tx.session, one.at.round.id, one.actor("scrutineer")
        for refused in (
            lambda: spot_draws.draw(session, scrutineer, round_id, SEED, now=clock.at),
            lambda: spot_checks.conclude_check(session, scrutineer, round_id, now=clock.at),
            lambda: full_rechecks.finish(session, scrutineer, round_id, now=clock.at),
        ):
            with pytest.raises((NotChecked, NotRechecked)):
                refused()
        plan = make_check.planned(session, one.at, now=clock.at)
        assert make_check.planned(session, one.at, allowed=3, now=clock.at).id == plan.id
        with pytest.raises(NotChecked) as early:
            spot_draws.draw(session, scrutineer, round_id, SEED, now=clock.at)
        assert "存证" in early.value.why
        make_check.anchored(session, one.at, now=clock.at)
        with pytest.raises(BadInput):
            spot_draws.draw(session, scrutineer, round_id, SEED[:-1], now=clock.at)
        made = spot_draws.draw(session, scrutineer, round_id, SEED, now=clock.at)
        assert (
            spot_draws.draw(session, scrutineer, round_id, f"{SEED[:10]} {SEED[10:]}", now=clock.at).id
            == made.id
        )
        with pytest.raises(Stale):
            spot_draws.draw(session, scrutineer, round_id, SEED[::-1], now=clock.at)
        for name in ("moderator", "canvasser", "registrar", "other_moderator"):
            with pytest.raises(NotAllowed):
                spot_checks.plan(session, one.actor(name), round_id, now=clock.at)


def test_only_a_signed_sheet_is_checked(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 40, 40)
        make_count.closed(at, tx, clock)
        with pytest.raises(NotChecked):
            make_check.planned(tx.session, at, now=clock.at)


def test_the_households_own_check_reaches_it(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        first, second, *rest = one.draw()
        assert revisits.reached_by_own_check(tx.session, first.entry, right=True, now=clock.at)
        assert not revisits.reached_by_own_check(tx.session, first.entry, right=True, now=clock.at)
        assert revisits.reached_by_own_check(tx.session, second.entry, right=False, now=clock.at)
        drawn = {home.entry.id for home in (first, second, *rest)}
        other = next(entry for entry in one.at.entries if entry.id not in drawn)
        assert not revisits.reached_by_own_check(tx.session, other, right=True, now=clock.at)
        with pytest.raises(BadInput):
            one.ask(rest[0], Said.AS_RECORDED)
        for home in rest:
            one.ask(home, Said.AGREE)
        assert one.conclude() is CheckResult.RECHECK_NEEDED
        assert not revisits.reached_by_own_check(tx.session, rest[0].entry, right=True, now=clock.at)


def test_what_is_published_names_no_home_and_no_answer(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        assert checks.published(tx.session, one.at.round.id) is None
        homes = one.draw()
        before = checks.published(tx.session, one.at.round.id)
        assert before is not None
        assert (before.slots, before.verdict) == ((), None)
        for n, home in enumerate(homes):
            one.ask(home, None if n else Said.AGREE, tag="a")
            if n:
                one.ask(home, Said.AGREE, tag="b")
        one.conclude()
        after = checks.published(tx.session, one.at.round.id)
        assert after is not None
        assert after.draw is not None
        assert after.verdict is not None
        assert (after.draw.seed, after.verdict.result) == (SEED, CheckResult.CONFIRMED)
        assert after.numbers.reached == len(homes)
        slots = {entry.slot for entry in one.at.entries}
        assert {found for _slot, found in after.slots} == {"same"}
        assert {slot for slot, _found in after.slots} <= slots
        assert checks.probes(tx.session, after.check) == []
