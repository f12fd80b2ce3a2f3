"""Spot checks as people do them: planned, drawn, asked again by others, judged; and the full recheck behind."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from deliberate.db import Transaction
from deliberate.domain.consent import Standing
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Stale, WrongStage
from deliberate.domain.gate import GateShut
from deliberate.domain.lifecycle import Stage
from deliberate.domain.notice import NoticeKind
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind
from deliberate.domain.rules import Outcome
from deliberate.domain.spot_check import (
    ATTEMPTS,
    CheckKind,
    CheckResult,
    FormShows,
    Said,
    Way,
    in_order,
    probe_size,
)
from deliberate.models import (
    Account,
    Consent,
    EntryStanding,
    Household,
    InboxMessage,
    LedgerLeaf,
    Notice,
    Proposal,
    SpotVisit,
)
from deliberate.queries import form_checks, revisitors, spot_samples
from deliberate.queries import spot_checks as checks
from deliberate.services import (
    counting,
    duties,
    execution,
    full_rechecks,
    objections,
    outcomes,
    revisits,
    spot_checks,
    spot_draws,
)
from deliberate.services.full_rechecks import NotRechecked
from deliberate.services.spot_checks import NotChecked
from tests import make, make_count, make_round
from tests.make import Clock
from tests.make_round import KEY, SEED, OpenRound

Begin = Callable[[], AbstractContextManager[Transaction]]


@dataclass
class Signed:
    """A round whose sheet is signed, in an open transaction."""

    tx: Transaction
    at: OpenRound
    clock: Clock

    def actor(self, name: str):  # type: ignore[no-untyped-def]
        return make.actor(self.tx.session, getattr(self.at.staff, name))

    def draw(self, allowed: int = 0) -> list[spot_samples.Asked]:
        return make_round.drawn(self.tx.session, self.at, allowed=allowed, now=self.clock.at)

    def ask(self, one: spot_samples.Asked, said: Said | None, tag: str = "") -> None:
        make_round.says_again(self.tx.session, one, said, now=self.clock.at, tag=tag)

    def conclude(self) -> CheckResult:
        return spot_checks.conclude_check(
            self.tx.session, self.actor("scrutineer"), self.at.round.id, now=self.clock.at
        ).result

    def check_form(self, consent: Consent, shows: FormShows, by: str = "scrutineer") -> None:
        full_rechecks.check_form(
            self.tx.session, self.actor(by), consent.id, shows, key=KEY, now=self.clock.at
        )

    def finish(self) -> CheckResult:
        return full_rechecks.finish(
            self.tx.session, self.actor("scrutineer"), self.at.round.id, now=self.clock.at
        ).result

    def forms(self) -> list[Consent]:
        rows = select(Consent).where(
            Consent.consent_round_id == self.at.round.id, Consent.serial.is_not(None)
        )
        return list(self.tx.session.scalars(rows.order_by(Consent.id)))

    def standing(self, entry: int) -> Standing:
        return self.tx.session.get_one(EntryStanding, self.at.entries[entry].id).standing


def signed(tx: Transaction, clock: Clock, *answers: int, on_paper: int = 0) -> Signed:
    """So many households, agreeing, disagreeing; the sheet signed and the result shown."""
    at = make_count.answered(tx, *answers, on_paper=on_paper)
    make_count.signed(at, tx, clock)
    moderator = make.actor(tx.session, at.staff.moderator)
    counting.show_result(tx.session, moderator, at.round.id, now=clock.at)
    return Signed(tx, at, clock)


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
        make_round.forms_checked(tx.session, one.at, now=clock.at)
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
        plan = make_round.planned(session, one.at, now=clock.at)
        assert make_round.planned(session, one.at, allowed=3, now=clock.at).id == plan.id
        with pytest.raises(NotChecked) as early:
            spot_draws.draw(session, scrutineer, round_id, SEED, now=clock.at)
        assert "存证" in early.value.why
        make_round.anchored(session, one.at, now=clock.at)
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
            make_round.planned(tx.session, at, now=clock.at)


def object_and_amend(one: Signed, consent_id: int, entry: int) -> None:
    """The household says that it was not them; upheld, the sheet is amended and signed."""
    session, now = one.tx.session, one.clock.at
    home = session.get_one(Household, one.at.entries[entry].household_id)
    member = make.actor(session, make.resident(session, home))
    filed = objections.file_objection(
        session, member, one.at.round.id, home.id, ObjectionKind.NOT_US, "不是我们填的。", now=now
    )
    answer = objections.Answer(Finding.UPHELD, "当面", "作废。", consent_id)
    other = one.actor("other_moderator")
    objections.answer_objection(session, other, filed.id, answer, key=KEY, now=now)
    moderator, scrutineer = one.actor("moderator"), one.actor("scrutineer")
    sheet = counting.amend_sheet(session, moderator, one.at.round.id, "复核后作废一份", now=now)
    counting.sign_sheet(session, scrutineer, sheet.id, sheet.sha256, now=now)


def consent_of(one: Signed, entry_id: int) -> int:
    return one.tx.session.scalars(select(Consent.id).where(Consent.roll_entry_id == entry_id)).one()


@pytest.mark.parametrize("within", [True, False], ids=["a home of the sample", "another home"])
def test_an_amendment_is_judged_anew_and_a_voided_home_of_the_sample_was_wrong(
    transaction: Begin, clock: Clock, within: bool
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        homes = one.draw()
        for home in homes:
            one.ask(home, Said.AGREE)
        assert one.conclude() is CheckResult.CONFIRMED
        drawn = {home.entry.id for home in homes}
        place = next(n for n, entry in enumerate(one.at.entries) if (entry.id in drawn) is within)
        object_and_amend(one, consent_of(one, one.at.entries[place].id), place)
        last = checks.verdicts(tx.session, one.at.round.id)[-1]
        assert last.result is (CheckResult.RECHECK_NEEDED if within else CheckResult.CONFIRMED)
        assert (checks.recheck_of(tx.session, one.at.round.id) is not None) is within


def test_a_plan_is_made_anew_for_an_amended_sheet_until_the_dice_are_thrown(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        first = make_round.planned(tx.session, one.at, now=clock.at)
        object_and_amend(one, consent_of(one, one.at.entries[0].id), 0)
        make_round.anchored(tx.session, one.at, now=clock.at)
        with pytest.raises(NotChecked):
            spot_draws.draw(tx.session, one.actor("scrutineer"), one.at.round.id, SEED, now=clock.at)
        second = make_round.planned(tx.session, one.at, now=clock.at)
        assert (first.frame, second.frame) == (40, 39)
        spot_draws.draw(tx.session, one.actor("scrutineer"), one.at.round.id, SEED, now=clock.at)
        assert make_round.planned(tx.session, one.at, now=clock.at).id == second.id


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


def test_a_small_round_is_rechecked_in_full_and_what_its_forms_show_is_put_right(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 10, 9, 1, on_paper=3)
        assert make_round.planned(tx.session, one.at, now=clock.at).kind is CheckKind.FULL
        with pytest.raises(NotChecked):
            spot_draws.draw(tx.session, one.actor("scrutineer"), one.at.round.id, SEED, now=clock.at)
        turned, missing, right = one.forms()
        with pytest.raises(NotAllowed):
            one.check_form(turned, FormShows.AGREE, by="canvasser")
        one.check_form(turned, FormShows.DISAGREE)
        one.check_form(turned, FormShows.DISAGREE)
        with pytest.raises(Stale):
            one.check_form(turned, FormShows.AGREE, by="other_moderator")
        one.check_form(missing, FormShows.MISSING, by="other_moderator")
        assert (one.standing(0), one.standing(1)) == (Standing.DISAGREE, Standing.INVALID)
        with pytest.raises(NotRechecked) as waiting:
            one.finish()
        assert waiting.value.params["waiting"] == 1
        one.check_form(right, FormShows.AGREE)
        with pytest.raises(NotRechecked):
            one.finish()
        moderator, scrutineer = one.actor("moderator"), one.actor("scrutineer")
        sheet = counting.amend_sheet(tx.session, moderator, one.at.round.id, "全面复核", now=clock.at)
        counting.sign_sheet(tx.session, scrutineer, sheet.id, sheet.sha256, now=clock.at)
        assert one.finish() is CheckResult.RECHECKED
        done = form_checks.progress(tx.session, one.at.round.id)
        assert (done.all, done.checked, done.differing) == (3, 3, 2)
        object_and_amend(one, consent_of(one, one.at.entries[5].id), 5)
        assert checks.verdicts(tx.session, one.at.round.id)[-1].result is CheckResult.RECHECKED
        clock.forward(days=8)
        made = outcomes.conclude(tx.session, moderator, one.at.round.id, now=clock.at)
        assert made.outcome is Outcome.REJECTED
        assert tx.session.get_one(Proposal, one.at.proposal.id).stage is Stage.REJECTED


def test_a_recheck_can_turn_a_rejection_round(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 10, 7, 3, on_paper=10)
        make_round.planned(tx.session, one.at, now=clock.at)
        forms = one.forms()
        for form in forms:
            one.check_form(form, FormShows.AGREE)
        moderator, scrutineer = one.actor("moderator"), one.actor("scrutineer")
        sheet = counting.amend_sheet(tx.session, moderator, one.at.round.id, "表上都是同意", now=clock.at)
        counting.sign_sheet(tx.session, scrutineer, sheet.id, sheet.sha256, now=clock.at)
        assert one.finish() is CheckResult.RECHECKED
        clock.forward(days=8)
        made = outcomes.conclude(tx.session, moderator, one.at.round.id, now=clock.at)
        assert made.outcome is Outcome.ADOPTED
        execution.start(tx.session, moderator, one.at.proposal.id, now=clock.at)


def test_no_form_is_checked_outside_a_recheck(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40, on_paper=2)
        form = one.forms()[0]
        with pytest.raises(NotRechecked):
            one.check_form(form, FormShows.AGREE)
        with pytest.raises(NotFound):
            full_rechecks.check_form(
                tx.session, one.actor("scrutineer"), 10**6, FormShows.AGREE, key=KEY, now=clock.at
            )
        for deed in (
            lambda: revisits.reassign(tx.session, one.actor("scrutineer"), 10**6, 1, now=clock.at),
            lambda: revisits.keep_attempt(
                tx.session, one.actor("scrutineer"), 10**6, Way.CALL, None, request_id="x", now=clock.at
            ),
        ):
            with pytest.raises(NotFound):
                deed()


def test_a_late_failure_gives_households_time_to_object(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        homes = one.draw()
        for home in homes:
            one.ask(home, Said.UNSAID)
        clock.forward(days=9)
        assert one.conclude() is CheckResult.RECHECK_NEEDED
        assert one.finish() is CheckResult.RECHECKED
        with pytest.raises(WrongStage):
            outcomes.conclude(tx.session, one.actor("moderator"), one.at.round.id, now=clock.at)
        clock.forward(days=2)
        object_and_amend(one, consent_of(one, one.at.entries[0].id), 0)
        clock.forward(days=3)
        made = outcomes.conclude(tx.session, one.actor("moderator"), one.at.round.id, now=clock.at)
        assert made.outcome is Outcome.ADOPTED
        with pytest.raises(NotChecked):
            spot_checks.signed_sheet(tx.session, one.at.round)


def test_what_is_published_names_no_home_and_no_answer(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        one = signed(tx, clock, 40, 40)
        assert checks.audit_data(tx.session, one.at.round.id) is None
        homes = one.draw()
        before = checks.audit_data(tx.session, one.at.round.id)
        assert before is not None
        assert (before["slots"], before["differences"], before["result"]) == ([], None, None)
        for n, home in enumerate(homes):
            one.ask(home, None if n else Said.AGREE, tag="a")
            if n:
                one.ask(home, Said.AGREE, tag="b")
        one.conclude()
        after = checks.audit_data(tx.session, one.at.round.id)
        assert after is not None
        assert (after["seed"], after["result"], after["reached"]) == (SEED, "confirmed", len(homes))
        assert {row["found"] for row in after["slots"]} == {"same"}
        check = checks.latest(tx.session, one.at.round.id)
        assert check is not None
        assert checks.probes(tx.session, check) == []
        assert tx.session.get_one(Account, one.at.staff.scrutineer.id).display_name not in str(after)
