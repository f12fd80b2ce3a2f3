"""Carrying out an adopted matter: progress, money against the budget, and how households find it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Rating(StrEnum):
    """How a household finds the result."""

    SATISFIED = "satisfied"
    FAIR = "fair"
    UNSATISFIED = "unsatisfied"


@dataclass(frozen=True, slots=True)
class Report:
    """What one report of a task says: the whole progress in percent, and money since the last one (fen)."""

    progress: int
    spent: int


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task with its reports in the order in which they came."""

    budget: int
    reports: tuple[Report, ...] = ()
    cancelled: bool = False

    @property
    def planned(self) -> int:
        """What it takes of the plan's budget; cancelled, only what was spent by then."""
        return self.spent if self.cancelled else self.budget

    @property
    def progress(self) -> int:
        """As of the last report."""
        return self.reports[-1].progress if self.reports else 0

    @property
    def spent(self) -> int:
        """All reports together; a negative one corrects an earlier one."""
        return sum(report.spent for report in self.reports)


@dataclass(frozen=True, slots=True)
class Money:
    """Money spent against the budget, in fen."""

    budget: int
    spent: int

    @property
    def left(self) -> int:
        """What is left; nothing when it is overspent."""
        return max(self.budget - self.spent, 0)

    @property
    def over(self) -> int:
        """By how much the budget is overspent."""
        return max(self.spent - self.budget, 0)


def money(budget: int, tasks: Iterable[TaskState]) -> Money:
    """The plan's budget against everything that was spent."""
    return Money(budget, sum(task.spent for task in tasks))


def progress(tasks: Sequence[TaskState]) -> int:
    """Of the whole matter in percent, every task alike, rounded down: 99 until all are done."""
    due = _due(tasks)
    return sum(task.progress for task in due) // len(due) if due else 0


def finished(tasks: Sequence[TaskState]) -> bool:
    """Whether there was something to do, and all of it is done."""
    due = _due(tasks)
    return bool(due) and all(task.progress == 100 for task in due)


def _due(tasks: Iterable[TaskState]) -> list[TaskState]:
    return [task for task in tasks if not task.cancelled]


def unplanned(budget: int, tasks: Iterable[TaskState], more: int = 0) -> int:
    """By how much the tasks' budgets, with `more`, go beyond the budget that households agreed to."""
    return max(sum(task.planned for task in tasks) + more - budget, 0)
