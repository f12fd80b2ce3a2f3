"""What is carried out: tasks with their reports, money against the budget, what households think of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain import execution as carrying_out
from deliberate.domain.execution import Money, Rating, Report, TaskState
from deliberate.domain.lifecycle import Stage
from deliberate.domain.rules import Electorate
from deliberate.models import (
    Completion,
    ConsentRound,
    Evaluation,
    Execution,
    Picture,
    PlanVersion,
    Proposal,
    RollEntry,
    Task,
    TaskReport,
)

__all__ = [
    "CarriedOut",
    "Picture",
    "Proposal",
    "Ratings",
    "Reported",
    "Task",
    "TaskRow",
    "matter",
    "of_proposal",
    "rating_of",
    "ratings",
    "remarks",
    "task",
    "under_way",
]


@dataclass(frozen=True, slots=True)
class Reported:
    """A report with its picture."""

    report: TaskReport
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with its reports, the oldest first."""

    task: Task
    reports: tuple[Reported, ...]

    @property
    def state(self) -> TaskState:
        return TaskState(
            self.task.budget,
            tuple(Report(r.report.progress, r.report.spent) for r in self.reports),
            cancelled=self.task.cancelled_at is not None,
        )

    @property
    def newest(self) -> int:
        """The last report, by which a page remembers what it showed; 0 before the first."""
        return self.reports[-1].report.id if self.reports else 0


@dataclass(frozen=True, slots=True)
class Ratings:
    """How households found it; `asked` households could say so."""

    by_rating: Mapping[Rating, int]
    asked: int

    @property
    def total(self) -> int:
        return sum(self.by_rating.values())


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """One matter behind the gate."""

    execution: Execution
    proposal: Proposal
    plan: PlanVersion
    tasks: tuple[TaskRow, ...]
    completion: Completion | None
    ratings: Ratings

    @property
    def states(self) -> tuple[TaskState, ...]:
        return tuple(row.state for row in self.tasks)

    @property
    def money(self) -> Money:
        return carrying_out.money(self.plan.budget, self.states)

    @property
    def finished(self) -> bool:
        return carrying_out.finished(self.states)


def of_proposal(session: Session, proposal_id: int) -> CarriedOut | None:
    """The execution of a matter, once it began."""
    row = session.execute(
        select(Execution, Proposal, PlanVersion)
        .join(Proposal, Proposal.id == Execution.proposal_id)
        .join(ConsentRound, ConsentRound.id == Execution.consent_round_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .where(Execution.proposal_id == proposal_id)
    ).one_or_none()
    if row is None:
        return None
    execution, proposal, plan = row
    return CarriedOut(
        execution,
        proposal,
        plan,
        tuple(_tasks(session, execution.id)),
        session.scalar(select(Completion).where(Completion.execution_id == execution.id)),
        ratings(session, proposal_id, execution.consent_round_id),
    )


def _tasks(session: Session, execution_id: int) -> Sequence[TaskRow]:
    tasks = session.scalars(
        select(Task).where(Task.execution_id == execution_id).order_by(Task.due_on, Task.id)
    ).all()
    reports: dict[int, list[Reported]] = defaultdict(list)
    rows = session.execute(
        select(TaskReport, Picture)
        .outerjoin(Picture, Picture.id == TaskReport.picture_id)
        .where(TaskReport.task_id.in_([task.id for task in tasks]))
        .order_by(TaskReport.id)
    )
    for report, picture in rows:
        reports[report.task_id].append(Reported(report, picture))
    return [TaskRow(task, tuple(reports[task.id])) for task in tasks]


def ratings(session: Session, proposal_id: int, round_id: int) -> Ratings:
    """Counted; the households of the round's roll were asked."""
    rows = session.execute(
        select(Evaluation.rating, func.count())
        .where(Evaluation.proposal_id == proposal_id)
        .group_by(Evaluation.rating)
    )
    said: dict[Rating, int] = dict(iter(rows))
    asked = session.scalars(
        select(func.count())
        .select_from(RollEntry)
        .where(RollEntry.consent_round_id == round_id, RollEntry.electorate == Electorate.HOUSEHOLD)
    ).one()
    return Ratings({rating: said.get(rating, 0) for rating in Rating}, asked)


def remarks(session: Session, proposal_id: int) -> Sequence[Evaluation]:
    """What households wrote beside their rating."""
    return session.scalars(
        select(Evaluation)
        .where(Evaluation.proposal_id == proposal_id, Evaluation.remark != "")
        .order_by(Evaluation.at)
    ).all()


def rating_of(session: Session, proposal_id: int, household_id: int) -> Evaluation | None:
    """What this household said."""
    return session.scalar(
        select(Evaluation).where(
            Evaluation.proposal_id == proposal_id, Evaluation.household_id == household_id
        )
    )


def under_way(session: Session, community_id: int) -> Sequence[Proposal]:
    """Matters between the gate and the archive, and those that wait before the gate."""
    stages = (Stage.ADOPTED, Stage.EXECUTING, Stage.COMPLETED, Stage.EVALUATED)
    return session.scalars(
        select(Proposal)
        .where(Proposal.community_id == community_id, Proposal.stage.in_(stages))
        .order_by(Proposal.number)
    ).all()


def matter(session: Session, community_id: int, number: int) -> Proposal | None:
    """The matter of that number in the community."""
    return session.scalar(
        select(Proposal).where(Proposal.community_id == community_id, Proposal.number == number)
    )


def task(session: Session, community_id: int, task_id: int) -> tuple[Task, Proposal] | None:
    """A task with its matter, if of this community."""
    row = session.execute(
        select(Task, Proposal)
        .join(Execution, Execution.id == Task.execution_id)
        .join(Proposal, Proposal.id == Execution.proposal_id)
        .where(Task.id == task_id, Task.community_id == community_id)
    ).one_or_none()
    return (row[0], row[1]) if row else None
