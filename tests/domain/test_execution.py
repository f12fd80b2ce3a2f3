"""Carrying out: progress rounds down, money is exact, done is done."""

from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.execution import Money, Report, TaskState, finished, money, progress, unplanned

REPORTS = st.lists(st.builds(Report, st.integers(0, 100), st.integers(-(10**9), 10**9)), max_size=6)
TASKS = st.lists(st.builds(TaskState, st.integers(0, 10**9), REPORTS.map(tuple), st.booleans()), max_size=6)


def test_the_last_report_is_the_progress_and_all_reports_the_money() -> None:
    task = TaskState(10_000, (Report(30, 5_000), Report(60, 4_000), Report(55, -1_000)))
    assert (task.progress, task.spent) == (55, 8_000)
    assert (TaskState(1).progress, TaskState(1).spent) == (0, 0)


def test_money_left_and_over() -> None:
    assert (Money(100, 60).left, Money(100, 60).over) == (40, 0)
    assert (Money(100, 130).left, Money(100, 130).over) == (0, 30)


@given(st.integers(0, 10**12), TASKS)
def test_money_is_the_sum_of_every_report(budget: int, tasks: list[TaskState]) -> None:
    spent = money(budget, tasks)
    assert spent.spent == sum(report.spent for task in tasks for report in task.reports)
    assert spent.budget - spent.spent == spent.left - spent.over


@given(TASKS)
def test_a_hundred_per_cent_only_when_everything_is_done(tasks: list[TaskState]) -> None:
    assert 0 <= progress(tasks) <= 100
    assert (progress(tasks) == 100) is finished(tasks)


def test_nothing_to_do_is_not_finished() -> None:
    assert progress([]) == 0
    assert not finished([])


def test_tasks_keep_to_the_budget_that_was_agreed() -> None:
    tasks = [TaskState(60), TaskState(30)]
    assert unplanned(100, tasks) == 0
    assert unplanned(100, tasks, 10) == 0
    assert unplanned(100, tasks, 11) == 1


def test_a_cancelled_task_is_not_waited_for_and_takes_only_what_was_spent() -> None:
    dropped = TaskState(60, (Report(30, 20),), cancelled=True)
    done = TaskState(30, (Report(100, 30),))
    assert (progress([dropped, done]), finished([dropped, done])) == (100, True)
    assert (progress([dropped]), finished([dropped])) == (0, False)
    assert unplanned(100, [dropped, done], 50) == 0
    assert unplanned(100, [dropped, done], 51) == 1
    assert money(100, [dropped, done]).spent == 50
