"""Carrying out (实施): through the gate and no other way; tasks, reports, completion with the accounts."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain import execution as carrying_out
from deliberate.domain.calendar import day_in_beijing, end_of
from deliberate.domain.errors import N_, Refusal
from deliberate.domain.gate import GateShut, Standing, gate
from deliberate.domain.lifecycle import Condition, Stage, Step
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.round import RoundStatus
from deliberate.models import (
    Completion,
    ConsentRound,
    Execution,
    PlanVersion,
    Proposal,
)
from deliberate.queries import communities, counts, executions
from deliberate.queries.tallies import recount

from . import notices, sheets, spot_checks
from .rounds import rules_of
from .steps import proposal_of, take_step

LONGEST = 4000


class NotCarriedOut(Refusal):
    """The matter is not being carried out (any more)."""

    default_what = N_("没有保存。")
    default_why = N_("这个议题现在不在实施阶段。")
    default_next = N_("请刷新页面，查看议题现在进行到哪一步。")


def start(session: Session, actor: Actor, proposal_id: int, *, now: datetime) -> Execution:
    """Open the gate for the matter's last round, recounted here and now; opened once, it is open."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EXECUTE, Subject(proposal.community_id))
    existing = session.scalar(select(Execution).where(Execution.proposal_id == proposal_id))
    if existing is not None:
        return existing
    consent_round = decisive_round(session, proposal)
    sheet = counts.latest(session, consent_round.id)
    gate(
        Standing(
            closed=consent_round.status is RoundStatus.CLOSED,
            signed=sheet is not None and counts.is_signed(session, sheet),
            recounted=sheet is not None and sheets.holds(session, consent_round, sheet),
            checked=spot_checks.proven(session, sheet),
            rules=rules_of(consent_round),
            tallies=recount(session, consent_round.id),
        )
    )
    if proposal.stage is not Stage.ADOPTED:
        raise GateShut(why=N_("最终结果还没有确定为“通过”。"))
    made = Execution(
        community_id=proposal.community_id,
        proposal_id=proposal_id,
        consent_round_id=consent_round.id,
        started_at=now,
        started_by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    take_step(session, actor, proposal, Step.START_EXECUTION, {Condition.RULES_PASSED}, now=now)
    return made


def decisive_round(session: Session, proposal: Proposal) -> ConsentRound:
    """The last round of the matter, whatever its status; without any the gate stays shut."""
    found = session.scalars(
        select(ConsentRound)
        .where(ConsentRound.proposal_id == proposal.id, ConsentRound.status != RoundStatus.DROPPED)
        .order_by(ConsentRound.n.desc())
        .limit(1)
    ).first()
    if found is None:
        raise GateShut(why=N_("这个议题还没有征求过意见。"))
    return found


def under_way(session: Session, actor: Actor, proposal_id: int) -> executions.CarriedOut:
    """What is being carried out just now, for whoever may do so."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EXECUTE, Subject(proposal.community_id))
    carried_out = executions.of_proposal(session, proposal_id)
    if carried_out is None or proposal.stage is not Stage.EXECUTING:
        raise NotCarriedOut()
    return carried_out


def publish_progress(session: Session, actor: Actor, proposal_id: int, *, now: datetime) -> None:
    """Post how far the work is, with the money; pressed twice in a row it is posted once."""
    carried_out = under_way(session, actor, proposal_id)
    data = account(carried_out)
    last = notices.latest(session, proposal_id, NoticeKind.PROGRESS)
    if last is not None and all(last.data.get(name) == value for name, value in data.items()):
        return
    notices.publish(
        session,
        actor,
        carried_out.proposal.community_id,
        NoticeKind.PROGRESS,
        now=now,
        proposal_id=proposal_id,
        consent_round_id=carried_out.execution.consent_round_id,
        until=None,
        **data,
    )


def account(carried_out: executions.CarriedOut) -> dict[str, object]:
    """Budget and spending, by task: what a notice of progress or completion prints."""
    return account_of(carried_out.proposal, carried_out.plan, carried_out.tasks)


def account_of(
    proposal: Proposal, plan: PlanVersion, tasks: Sequence[executions.TaskRow] = ()
) -> dict[str, object]:
    """The same of a matter with these tasks; before it begins there are none."""
    states = [row.state for row in tasks]
    money = carrying_out.money(plan.budget, states)
    return {
        "title": proposal.title,
        "number": proposal.number,
        "budget": money.budget,
        "spent": money.spent,
        "progress": carrying_out.progress(states),
        "tasks": [
            {
                "title": row.task.title,
                "responsible": row.task.responsible,
                "due_on": row.task.due_on.isoformat(),
                "budget": row.task.budget,
                "spent": row.state.spent,
                "progress": row.state.progress,
                "cancelled": row.task.cancelled_for,
            }
            for row in tasks
        ],
    }


def complete(
    session: Session, actor: Actor, proposal_id: int, statement: str, *, now: datetime
) -> Completion:
    """Show the accounts and ask households what they think; completed twice is completed once."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EXECUTE, Subject(proposal.community_id))
    carried_out = executions.of_proposal(session, proposal_id)
    if carried_out is None:
        raise NotCarriedOut()
    if carried_out.completion is not None:
        return carried_out.completion
    said = statement.strip()
    shown = carried_out.finished and 1 <= len(said) <= LONGEST
    days = communities.settings(session, proposal.community_id).evaluation_days
    made = Completion(
        community_id=proposal.community_id,
        execution_id=carried_out.execution.id,
        statement=said,
        spent=carried_out.money.spent,
        evaluate_until=end_of(date.fromordinal(day_in_beijing(now).toordinal() + days)),
        at=now,
        by_id=actor.account_id,
    )
    facts = {Condition.ACCOUNTS_SHOWN} if shown else set()
    take_step(session, actor, proposal, Step.COMPLETE, facts, now=now)
    session.add(made)
    session.flush()
    notices.publish(
        session,
        actor,
        proposal.community_id,
        NoticeKind.COMPLETION,
        now=now,
        proposal_id=proposal_id,
        consent_round_id=carried_out.execution.consent_round_id,
        until=made.evaluate_until,
        **account(carried_out),
        statement=said,
    )
    return made
