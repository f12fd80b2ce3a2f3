"""Tasks of what is carried out: added within the budget, reported on, cancelled with a reason."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound, Stale
from deliberate.domain.execution import unplanned
from deliberate.domain.permissions import Actor
from deliberate.models import Execution, Picture, Task, TaskReport
from deliberate.queries import executions

from . import journal
from .execution import LONGEST, under_way

MOST_MONEY = 10**13
"""Fen; a hundred thousand million yuan is a slip of the hand."""
LONGEST_REASON = 500


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
    seen: int | None = None
    """The last report that its page showed, 0 before the first: a second click reports nothing more."""


def add_task(session: Session, actor: Actor, proposal_id: int, new: NewTask, *, now: datetime) -> Task:
    """A task within the budget that households agreed to; the same task again is the same."""
    carried_out = under_way(session, actor, proposal_id)
    title, responsible = new.title.strip(), new.responsible.strip()
    if same := _like(carried_out, title, responsible, new.due_on):
        if same.budget != new.budget:
            raise BadInput(
                what=N_("任务没有保存。"),
                why=N_("已经有这项任务，预算是%(budget)s元。"),
                next_step=N_("要改预算，请先取消原来的任务，再重新加上；如果是另一项任务，请换一个写法。"),
                budget=_yuan(same.budget),
                field="budget",
            )
        return same
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
            next_step=N_("请调整任务预算；要增加预算，就要另提一个议题，再征求一次意见。"),
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


def _like(carried_out: executions.CarriedOut, title: str, responsible: str, due_on: date) -> Task | None:
    """A task that is due and was named alike."""
    for row in carried_out.tasks:
        task = row.task
        named = (task.title, task.responsible, task.due_on)
        if task.cancelled_at is None and named == (title, responsible, due_on):
            return task
    return None


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def cancel_task(session: Session, actor: Actor, task_id: int, reason: str, *, now: datetime) -> Task:
    """What is not to be done any more, with the reason; money spent on it stays in the accounts."""
    _carried_out, row = _task(session, actor, task_id)
    task, why = row.task, reason.strip()
    if task.cancelled_at is not None:
        if task.cancelled_for == why:
            return task
        raise Stale(what=N_("没有保存。"), why=N_("这项任务已经取消了。"))
    if not 1 <= len(why) <= LONGEST_REASON:
        raise BadInput(
            what=N_("任务没有取消。"),
            why=N_("请写明取消的原因，最多%(most)s个字。"),
            next_step=N_("请补充后再提交；您填写的文字还在。"),
            most=LONGEST_REASON,
            field="reason",
        )
    task.cancelled_at, task.cancelled_by_id, task.cancelled_for = now, actor.account_id, why
    session.flush()
    journal.note(session, actor, task.community_id, "task_cancelled", "task", task_id, now=now)
    return task


def _task(session: Session, actor: Actor, task_id: int) -> tuple[executions.CarriedOut, executions.TaskRow]:
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound()
    carried_out = under_way(session, actor, session.get_one(Execution, task.execution_id).proposal_id)
    return carried_out, next(row for row in carried_out.tasks if row.task.id == task_id)


def report(session: Session, actor: Actor, task_id: int, new: NewReport, *, now: datetime) -> TaskReport:
    """Progress and money of a task; sent twice from one page it is one report.

    After it was cancelled, too: what was ordered is still paid, and a sum put right.
    """
    carried_out, row = _task(session, actor, task_id)
    task, note = row.task, new.note.strip()
    if new.seen not in (None, row.newest):
        last = row.reports[-1].report if row.reports else None
        if last and (last.progress, last.spent, last.note) == (new.progress, new.spent, note):
            return last
        raise Stale(
            what=N_("进展没有保存。"),
            why=N_("您打开这一页以后，这项任务又报告过进展。"),
            next_step=N_("请看过现在的进度和支出，再提交一次；您填写的文字还在。"),
        )
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
