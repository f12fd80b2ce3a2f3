"""Carrying out (实施): through the gate and no other way; tasks, reports, completion with the accounts."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing, end_of
from deliberate.domain.errors import N_, BadInput, NotFound, Refusal
from deliberate.domain.execution import unplanned
from deliberate.domain.gate import GateShut, Standing, gate
from deliberate.domain.lifecycle import Condition, Stage, Step
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.round import RoundStatus
from deliberate.models import (
    Completion,
    ConsentRound,
    Execution,
    Picture,
    Proposal,
    Task,
    TaskReport,
)
from deliberate.queries import communities, counts, executions
from deliberate.queries.tallies import recount

from . import journal, notices, sheets, spot_checks
from .rounds import rules_of
from .steps import proposal_of, take_step

LONGEST = 4000
MOST_MONEY = 10**13
"""Fen; a hundred thousand million yuan is a slip of the hand."""


class NotCarriedOut(Refusal):
    """The matter is not being carried out (any more)."""

    default_what = N_("没有保存。")
    default_why = N_("这个议题现在不在实施阶段。")
    default_next = N_("请刷新页面，查看议题现在进行到哪一步。")


@dataclass(frozen=True, slots=True)
class NewTask:
    """What is to be done, by which unit, by when, for how much (fen)."""

    title: str
    responsible: str
    due_on: date
    budget: int = 0


@dataclass(frozen=True, slots=True)
class NewReport:
    """The whole progress of a task in percent, money since the last report (fen), and what was done."""

    progress: int
    spent: int
    note: str
    picture_id: int | None = None


def start(session: Session, actor: Actor, proposal_id: int, *, now: datetime) -> Execution:
    """Open the gate for the matter's last round, recounted here and now; opened once, it is open."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EXECUTE, Subject(proposal.community_id))
    existing = session.scalar(select(Execution).where(Execution.proposal_id == proposal_id))
    if existing is not None:
        return existing
    consent_round = _decisive_round(session, proposal)
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


def _decisive_round(session: Session, proposal: Proposal) -> ConsentRound:
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


def _under_way(session: Session, actor: Actor, proposal_id: int) -> executions.CarriedOut:
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EXECUTE, Subject(proposal.community_id))
    carried_out = executions.of_proposal(session, proposal_id)
    if carried_out is None or proposal.stage is not Stage.EXECUTING:
        raise NotCarriedOut()
    return carried_out


def add_task(session: Session, actor: Actor, proposal_id: int, new: NewTask, *, now: datetime) -> Task:
    """A task within the budget that households agreed to; the same task again is the same."""
    carried_out = _under_way(session, actor, proposal_id)
    title, responsible = new.title.strip(), new.responsible.strip()
    for row in carried_out.tasks:
        if (row.task.title, row.task.responsible, row.task.due_on) == (title, responsible, new.due_on):
            return row.task
    if not 1 <= len(title) <= 200 or not 1 <= len(responsible) <= 120 or not 0 <= new.budget < MOST_MONEY:
        raise BadInput(
            what=N_("任务没有保存。"),
            why=N_("任务要写明做什么、由哪个单位负责、预算多少。"),
            next_step=N_("请补充后再保存。"),
        )
    over = unplanned(carried_out.plan.budget, carried_out.states, new.budget)
    if over:
        raise BadInput(
            what=N_("任务没有保存。"),
            why=N_("各项任务的预算加起来，比住户同意的方案预算多出%(over)s元。"),
            next_step=N_("请调整任务预算；要增加预算，就要重新征求住户意见。"),
            over=_yuan(over),
            field="budget",
        )
    made = Task(
        community_id=carried_out.proposal.community_id,
        execution_id=carried_out.execution.id,
        title=title,
        responsible=responsible,
        due_on=new.due_on,
        budget=new.budget,
        at=now,
        by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, made.community_id, "task_added", "task", made.id, now=now)
    return made


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def report(session: Session, actor: Actor, task_id: int, new: NewReport, *, now: datetime) -> TaskReport:
    """Progress and money of a task; sent twice it is one report."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound()
    execution = session.get_one(Execution, task.execution_id)
    carried_out = _under_way(session, actor, execution.proposal_id)
    row = next(row for row in carried_out.tasks if row.task.id == task_id)
    last = row.reports[-1].report if row.reports else None
    note = new.note.strip()
    if last and (last.progress, last.spent, last.note) == (new.progress, new.spent, note):
        return last
    _refuse_odd_report(session, carried_out, row, new)
    made = TaskReport(
        community_id=task.community_id,
        task_id=task_id,
        progress=new.progress,
        spent=new.spent,
        note=note,
        picture_id=new.picture_id,
        at=now,
        by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, task.community_id, "task_reported", "task", task_id, now=now)
    return made


def _refuse_odd_report(
    session: Session, carried_out: executions.CarriedOut, row: executions.TaskRow, new: NewReport
) -> None:
    picture = session.get(Picture, new.picture_id) if new.picture_id is not None else None
    strange = new.picture_id is not None and (
        picture is None or picture.community_id != carried_out.proposal.community_id
    )
    if not 0 <= new.progress <= 100 or not 1 <= len(new.note.strip()) <= LONGEST or strange:
        raise BadInput(
            what=N_("进展没有保存。"),
            why=N_("进度要在0到100之间，并且写明做了什么。"),
            next_step=N_("请改正后再保存。"),
        )
    if abs(new.spent) >= MOST_MONEY or row.state.spent + new.spent < 0:
        raise BadInput(
            what=N_("进展没有保存。"),
            why=N_("更正以后，这项任务的支出不能小于0。"),
            next_step=N_("请改正金额。"),
            field="spent",
        )


def publish_progress(session: Session, actor: Actor, proposal_id: int, *, now: datetime) -> None:
    """Post how far the work is, with the money; pressed twice in a row it is posted once."""
    carried_out = _under_way(session, actor, proposal_id)
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
    money = carried_out.money
    return {
        "title": carried_out.proposal.title,
        "number": carried_out.proposal.number,
        "budget": money.budget,
        "spent": money.spent,
        "progress": carried_out.progress,
        "tasks": [
            {
                "title": row.task.title,
                "responsible": row.task.responsible,
                "due_on": row.task.due_on.isoformat(),
                "budget": row.task.budget,
                "spent": row.state.spent,
                "progress": row.state.progress,
            }
            for row in carried_out.tasks
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
