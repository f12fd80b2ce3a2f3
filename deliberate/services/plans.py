"""Fixing the plan: the text that every household is asked about, frozen under its SHA-256."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing, end_of
from deliberate.domain.discussion import Stance
from deliberate.domain.errors import N_, BadInput, Refusal, Stale
from deliberate.domain.lifecycle import Step
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Actor, account_of
from deliberate.domain.plan import Plan, chosen_rules, plan_sha256, settled
from deliberate.domain.proposal import LONGEST_REASON, Draft, text_of
from deliberate.domain.rules import RC80, Rule, from_data, to_data
from deliberate.domain.scope import WHOLE, Scope
from deliberate.domain.settings import Settings
from deliberate.models import Comment, DiscussionRound, PlanVersion, Proposal
from deliberate.queries import communities

from . import audience, journal, notices, preparations
from .discussion import Opening, add_round, last_round, moderated, summary_facts
from .proposals import check_scope
from .steps import take_step

LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class PlanText:
    """A plan as a moderator gives it; budget in fen, rules by the names of their presets."""

    title: str
    body: str
    budget: int
    funding: str
    schedule: str
    scope: Scope = WHOLE
    rules: tuple[str, ...] = (RC80.id,)
    household_percent: int = 80


def plan_of(version: PlanVersion) -> Plan:
    """The plan of a stored version, to hash again."""
    return Plan(
        version.title,
        version.body,
        version.budget,
        version.funding,
        version.schedule,
        Scope.from_data(version.scope),
        from_data(version.rules),
    )


def _rules(settings: Settings, text: PlanText) -> tuple[Rule, ...]:
    """The rules to attach, no weaker than the community asks and none that it does not offer."""
    least = settings.household_percent
    if text.household_percent < least:
        raise BadInput(
            what=N_("方案没有定下来。"),
            why=N_("本社区的住户同意比例不能低于%(least)s%%。"),
            next_step=N_("请改高这个比例，再定方案。"),
            least=least,
            field="household_percent",
        )
    rules = chosen_rules(text.rules, text.household_percent)
    if not {rule.id for rule in rules} <= set(settings.presets):
        raise BadInput(
            what=N_("方案没有定下来。"),
            why=N_("勾选的规则里，有一条本社区没有开放。"),
            next_step=N_("请去掉这一条再定方案，或者先在社区设置里打开它。"),
            field="rules",
        )
    return rules


def _checked(session: Session, proposal: Proposal, text: PlanText) -> Plan:
    rules = _rules(communities.settings(session, proposal.community_id), text)
    check_scope(session, proposal.community_id, text.scope)
    draft = Draft(title=text.title, body=text.body, budget=text.budget)
    return Plan(
        title=settled(draft.title),
        body=settled(draft.body),
        budget=draft.budget,
        funding=settled(text_of(text.funding, LONGEST_LINE, "funding", one_line=True)),
        schedule=settled(text_of(text.schedule, LONGEST_LINE, "schedule", one_line=True)),
        scope=text.scope,
        rules=rules,
    )


def fix_plan(
    session: Session,
    actor: Actor,
    proposal_id: int,
    text: PlanText,
    *,
    now: datetime,
    after_round: int | None = None,
) -> PlanVersion:
    """Freeze the plan after a closed round and show it publicly before consent may open.

    Every suggestion must have been answered. `after_round` is the number of the round that the form was
    made from; Stale when another has been held since.
    """
    proposal = moderated(session, actor, proposal_id)
    last = last_round(session, proposal_id)
    if after_round is not None and last is not None and last.n != after_round:
        raise Stale()
    take_step(session, actor, proposal, Step.FIX_PLAN, summary_facts(session, proposal_id), now=now)
    _refuse_unanswered(session, proposal_id)
    plan = _checked(session, proposal, text)
    made = _write(session, actor, proposal, last, plan, now)
    _announce(session, actor, proposal, made, now)
    return made


def _write(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    last: DiscussionRound | None,
    plan: Plan,
    now: datetime,
) -> PlanVersion:
    if last is None:  # the step has already refused this
        raise Stale()
    newest = session.scalar(select(func.max(PlanVersion.n)).where(PlanVersion.proposal_id == proposal.id))
    made = PlanVersion(
        community_id=proposal.community_id,
        proposal_id=proposal.id,
        discussion_round_id=last.id,
        n=(newest or 0) + 1,
        title=plan.title,
        body=plan.body,
        budget=plan.budget,
        funding=plan.funding,
        schedule=plan.schedule,
        scope=plan.scope.to_data(),
        rules=to_data(plan.rules),
        sha256=plan_sha256(plan),
        fixed_at=now,
        fixed_by_id=account_of(actor),
        notice_until=notice_end(session, proposal.community_id, now),
    )
    session.add(made)
    session.flush()
    return made


def notice_end(session: Session, community_id: int, now: datetime) -> datetime:
    """24:00 Beijing time after so many full days; at once where the community shows plans for 0 days."""
    days = communities.settings(session, community_id).plan_notice_days
    return end_of(day_in_beijing(now) + timedelta(days=days)) if days else now


def _refuse_unanswered(session: Session, proposal_id: int) -> None:
    waiting = session.scalar(
        select(func.count())
        .select_from(Comment)
        .where(
            Comment.proposal_id == proposal_id,
            Comment.stance == Stance.SUGGESTION,
            Comment.hidden_at.is_(None),
            Comment.verdict.is_(None),
        )
    )
    if waiting:
        raise Refusal(
            what=N_("方案没有定下来。"),
            why=N_("还有%(waiting)s条建议没有答复是否采纳。"),
            next_step=N_("请先逐条答复建议，写明理由，再定方案；您填写的文字还在下面。"),
            waiting=waiting,
        )


def _announce(session: Session, actor: Actor, proposal: Proposal, made: PlanVersion, now: datetime) -> None:
    days = communities.settings(session, proposal.community_id).plan_notice_days
    notices.publish(
        session,
        actor,
        proposal.community_id,
        NoticeKind.PLAN,
        now=now,
        proposal_id=proposal.id,
        until=made.notice_until,
        plan=made.n,
        number=proposal.number,
        title=made.title,
        budget=made.budget,
        funding=made.funding,
        schedule=made.schedule,
        scope=made.scope,
        rules=made.rules,
        sha256=made.sha256,
        days=days,
    )
    audience.tell_both(session, proposal, "plan_fixed", now=now, plan=made.n)
    journal.note(session, actor, proposal.community_id, "fix_plan_version", "plan_version", made.id, now=now)
    session.flush()


def revise_plan(
    session: Session, actor: Actor, proposal_id: int, reason: str, opening: Opening, *, now: datetime
) -> DiscussionRound:
    """Take a fixed plan back to the table, with a reason, before consent opens; a new round begins."""
    proposal = moderated(session, actor, proposal_id)
    why = text_of(reason, LONGEST_REASON, "reason")
    take_step(session, actor, proposal, Step.REVISE_PLAN, now=now, reason=why)
    preparations.drop_with_its_plan(session, actor, proposal_id, why, now=now)
    audience.tell_both(session, proposal, "plan_revised", now=now, reason=why)
    return add_round(session, actor, proposal, opening, now)
