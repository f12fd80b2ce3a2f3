"""A consent round up to its deadline: prepared, its roll certified by two, opened, extended."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain import rules as decision
from deliberate.domain.calendar import day_in_beijing, end_of, last_day_before, working_days_after
from deliberate.domain.consent import Clocks
from deliberate.domain.errors import N_, BadInput, Refusal
from deliberate.domain.lifecycle import Condition, Stage, Step
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.round import DutyKind, RoundStatus, TallyVisibility
from deliberate.domain.settings import Settings
from deliberate.models import (
    ConsentRound,
    Crew,
    Duty,
    PlanVersion,
    RollCertificate,
    RoundExtension,
)
from deliberate.queries import communities, crews, postings, progress, roll_leaves

from . import journal, ledger_events, preparations
from .round_notices import announce, invite
from .steps import proposal_of, take_step

SHORTEST, LONGEST = 5, 60
"""Days for which consent may be open (the field's practice: not under 5, not over 60)."""
SEALED_BELOW = 30
"""Households below which the running number of consents is never shown (rule 11)."""


class RoundNotReady(Refusal):
    """Something that must come first has not."""

    default_what = N_("这一步还不能进行。")


def round_of(session: Session, round_id: int) -> ConsentRound:
    """The round as it stands now."""
    return session.get_one(ConsentRound, round_id, populate_existing=True)


def rules_of(consent_round: ConsentRound) -> tuple[decision.Rule, ...]:
    """The rules locked into the round."""
    return decision.from_data(consent_round.rules)


def settings_of(consent_round: ConsentRound) -> Settings:
    """The settings locked into the round."""
    return Settings.from_data(consent_round.periods)


def prepare_round(
    session: Session,
    actor: Actor,
    proposal_id: int,
    *,
    visibility: TallyVisibility = TallyVisibility.DAILY,
    now: datetime,
) -> ConsentRound:
    """Get a round ready for the fixed plan: its rules, scope and periods as they stand now."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.RUN_ROUND, Subject(proposal.community_id))
    if proposal.stage is not Stage.PLAN_FIXED:
        raise RoundNotReady(
            why=N_("方案还没有定下来，或者已经在征求意见。"), next_step=N_("请先结束议事，定下方案。")
        )
    if existing := preparations.running_round(session, proposal_id):
        return existing
    plan = preparations.newest_plan(session, proposal_id)
    if plan is None:
        raise RoundNotReady(why=N_("没有找到方案。"))
    made = ConsentRound(
        community_id=proposal.community_id,
        proposal_id=proposal_id,
        plan_version_id=plan.id,
        plan_sha256=plan.sha256,
        n=1 + _rounds_so_far(session, proposal_id),
        status=RoundStatus.PREPARED,
        scope=plan.scope,
        rules=plan.rules,
        periods=communities.settings(session, proposal.community_id).numbers(),
        tally_visibility=visibility,
        prepared_at=now,
        prepared_by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, made.community_id, "round_prepared", "consent_round", made.id, now=now)
    return made


def _rounds_so_far(session: Session, proposal_id: int) -> int:
    return session.scalars(
        select(func.coalesce(func.max(ConsentRound.n), 0)).where(ConsentRound.proposal_id == proposal_id)
    ).one()


def drop_round(session: Session, actor: Actor, round_id: int, reason: str, *, now: datetime) -> None:
    """Drop a round that is only prepared, because its roll was wrong; a new one may be prepared."""
    consent_round = round_of(session, round_id)
    require(actor, Action.RUN_ROUND, Subject(consent_round.community_id))
    if consent_round.status is not RoundStatus.PREPARED or not reason.strip():
        raise RoundNotReady(
            what=N_("没有取消。"),
            why=N_("只有还没开始的征求意见可以取消准备，并且要写明理由。"),
            next_step=N_("请写明理由；已经开始的征求意见要按程序进行到底。"),
        )
    preparations.drop(session, actor, consent_round, reason.strip(), now=now)


def clocks_for(consent_round: ConsentRound, last_day: date, *, opened_at: datetime) -> Clocks:
    """The three clocks after a last day of answering: 24:00, registering, settling (DESIGN §3)."""
    settings = settings_of(consent_round)
    register_day = working_days_after(last_day, settings.register_days)
    settle_day = date.fromordinal(register_day.toordinal() + settings.settle_days)
    return Clocks(opened_at, end_of(last_day), end_of(register_day), end_of(settle_day))


def usual_last_day(consent_round: ConsentRound, now: datetime) -> date:
    """The last day of answering that the settings propose for a round opened now."""
    days = settings_of(consent_round).consent_days(consent_round.roll_size)
    return date.fromordinal(day_in_beijing(now).toordinal() + days)


def _refuse_odd_period(opened_at: datetime, last_day: date) -> None:
    days = (last_day - day_in_beijing(opened_at)).days
    if not SHORTEST <= days <= LONGEST:
        raise BadInput(
            what=N_("截止日期没有保存。"),
            why=N_("征求意见的时间要在%(least)s到%(most)s天之间。"),
            next_step=N_("请重新选一个截止日期。"),
            least=SHORTEST,
            most=LONGEST,
        )


def open_round(
    session: Session, actor: Actor, round_id: int, last_day: date | None = None, *, now: datetime
) -> None:
    """Open the round: the roll, the rules, the scope, the text and the clocks are locked from now on."""
    consent_round = round_of(session, round_id)
    require(actor, Action.RUN_ROUND, Subject(consent_round.community_id))
    if consent_round.status is not RoundStatus.PREPARED:
        raise RoundNotReady(why=N_("这一轮已经开始了。"), next_step=N_("请刷新页面查看进行到哪一步。"))
    proposal = proposal_of(session, consent_round.proposal_id)
    _refuse_older_plan(session, consent_round)
    rules = rules_of(consent_round)
    decision.check_attached(rules)
    last_day = last_day or usual_last_day(consent_round, now)
    _refuse_odd_period(now, last_day)
    facts = facts_to_open(session, consent_round, now)
    _refuse_other_roll(session, consent_round)
    clocks = clocks_for(consent_round, last_day, opened_at=now)
    take_step(session, actor, proposal, Step.OPEN_CONSENT, facts, now=now)
    if consent_round.roll_size < SEALED_BELOW:
        consent_round.tally_visibility = TallyVisibility.SEALED
    consent_round.status = RoundStatus.OPEN
    consent_round.opened_at, consent_round.opened_by_id = now, actor.account_id
    _set_clocks(consent_round, clocks)
    session.flush()
    ledger_events.round_opened(session, consent_round, now=now)
    invite(session, actor, consent_round, now=now)


def _refuse_older_plan(session: Session, consent_round: ConsentRound) -> None:
    newest = preparations.newest_plan(session, consent_round.proposal_id)
    if newest is None or newest.id != consent_round.plan_version_id:
        raise RoundNotReady(
            why=N_("准备这一轮以后，方案又改过。"),
            next_step=N_("请取消这次准备，按新的方案重新准备。"),
        )


def _refuse_other_roll(session: Session, consent_round: ConsentRound) -> None:
    """The entries, hashed anew, must be those that were certified."""
    if consent_round.roll_sha256 is None:
        return
    if roll_leaves.root_of(roll_leaves.leaves(session, consent_round.id)) != consent_round.roll_sha256:
        raise RoundNotReady(
            why=N_("名册和核定时的不一致。"),
            next_step=N_("请不要开始，马上联系系统管理员核查；核查后取消这次准备，重新核定名册。"),
        )


def facts_to_open(session: Session, consent_round: ConsentRound, now: datetime) -> set[Condition]:
    """What of the conditions for opening holds now: the notice, the certificates, the people."""
    facts: set[Condition] = set()
    plan = session.get_one(PlanVersion, consent_round.plan_version_id)
    if now >= postings.plan_shown_until(session, plan):
        facts.add(Condition.NOTICE_RUN)
    certificates = session.scalars(
        select(RollCertificate).where(RollCertificate.consent_round_id == consent_round.id)
    ).all()
    same = {(c.roll_sha256, c.roll_size) for c in certificates}
    if (
        len({c.account_id for c in certificates}) == 2
        and same == {(consent_round.roll_sha256, consent_round.roll_size)}
        and consent_round.roll_size > 0
    ):
        facts.add(Condition.ROLL_CERTIFIED)
    kinds = {
        kind
        for (kind,) in session.execute(select(Duty.kind).where(Duty.consent_round_id == consent_round.id))
    }
    if kinds == set(DutyKind) and not _short_crews(session, consent_round):
        facts.add(Condition.CREW_SEPARATE)
    return facts


def _short_crews(session: Session, consent_round: ConsentRound) -> bool:
    """Whether some crew has fewer people than the community's settings ask for."""
    wanted = settings_of(consent_round).canvassers
    made = session.scalars(select(Crew).where(Crew.consent_round_id == consent_round.id)).all()
    walking = crews.canvassers(session, [crew.id for crew in made])
    return any(
        not walking[crew.id] or len(walking[crew.id]) + (1 if crew.volunteer else 0) < wanted for crew in made
    )


def _set_clocks(consent_round: ConsentRound, clocks: Clocks) -> None:
    consent_round.answer_until = clocks.answer_until
    consent_round.register_until = clocks.register_until
    consent_round.settle_until = clocks.settle_until


def extend_round(
    session: Session, actor: Actor, round_id: int, last_day: date, reason: str, *, now: datetime
) -> None:
    """Extend the deadline before it passes, with a reason and a notice; nothing else changes."""
    consent_round = round_of(session, round_id)
    require(actor, Action.RUN_ROUND, Subject(consent_round.community_id))
    opened_at, old_until = consent_round.opened_at, consent_round.answer_until
    if (
        consent_round.status is not RoundStatus.OPEN
        or opened_at is None
        or old_until is None
        or now >= old_until
    ):
        raise RoundNotReady(
            what=N_("没有延期。"),
            why=N_("只有在截止以前才能延期。"),
            next_step=N_("截止以后请按程序统计；没有通过的议题可以回到议事，再征求一次意见。"),
        )
    if not reason.strip() or last_day <= last_day_before(old_until):
        raise BadInput(
            what=N_("没有延期。"),
            why=N_("新的截止日期要晚于原来的日期，并且要写明理由。"),
            next_step=N_("请改正后再提交。"),
        )
    _refuse_odd_period(opened_at, last_day)
    clocks = clocks_for(consent_round, last_day, opened_at=opened_at)
    extension = RoundExtension(
        community_id=consent_round.community_id,
        consent_round_id=round_id,
        old_until=old_until,
        new_until=clocks.answer_until,
        reason=reason.strip(),
        at=now,
        by_id=actor.account_id,
    )
    session.add(extension)
    session.flush()
    _set_clocks(consent_round, clocks)
    session.flush()
    ledger_events.round_extended(session, consent_round, extension)
    announce(
        session,
        actor,
        consent_round,
        NoticeKind.EXTENSION,
        now=now,
        reason=reason.strip(),
        old_until=old_until.isoformat(),
        answered=progress.of_round(session, round_id).answered,
    )
