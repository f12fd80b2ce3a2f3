"""How a round ends in the demo: counted, signed, shown, decided; and work that has begun."""

from datetime import timedelta

from deliberate.domain.calendar import day_in_beijing
from deliberate.services import clockwork, closing, counting, execution, outcomes, tasks
from deliberate.services.tasks import NewReport, NewTask

from .checks import recheck
from .stage import Stage

OBJECTION_DAYS = 9
"""A little more than the community's seven, so that the period is over."""


def conclude(stage: Stage, round_id: int, *, closed: float) -> None:
    """Closed so many days from today, signed, shown for objection, rechecked, decided when the period is over."""
    with stage.at(closed) as tx:
        actor = stage.actor(tx.session, "zhuchi")
        clockwork.start_counting(tx.session, round_id, actor=actor, now=tx.now)
        sheet = closing.close_round(tx.session, actor, round_id, now=tx.now)
    with stage.at(closed + 0.2) as tx:
        scrutineer = stage.actor(tx.session, "jianpiao")
        counting.sign_sheet(tx.session, scrutineer, sheet.id, sheet.sha256, now=tx.now)
        counting.show_result(tx.session, stage.actor(tx.session, "zhuchi"), round_id, now=tx.now)
    recheck(stage, round_id, begun=closed + 1)
    with stage.at(closed + OBJECTION_DAYS) as tx:
        outcomes.conclude(tx.session, stage.actor(tx.session, "zhuchi"), round_id, now=tx.now)


def execute(stage: Stage, proposal_id: int, *, began: float) -> None:
    """Through the gate; two tasks, one of them done."""
    planned = (
        ("拆除旧雨水管，清理外墙", "社区物业服务站", 420_000, 18),
        ("安装新雨水管并做通水试验", "演示安装队", 1_380_000, 32),
    )
    with stage.at(began) as tx:
        actor = stage.actor(tx.session, "zhuchi")
        execution.start(tx.session, actor, proposal_id, now=tx.now)
        made = [
            tasks.add_task(
                tx.session,
                actor,
                proposal_id,
                NewTask(title, unit, day_in_beijing(tx.now + timedelta(days=days)), budget),
                now=tx.now,
            )
            for title, unit, budget, days in planned
        ]
    for task, days, progress, spent, note in (
        (made[0], 6, 60, 250_000, "西侧已拆完。"),
        (made[0], 12, 100, 158_000, "旧管全部拆除，外墙已清理，无人受伤。"),
        (made[1], 18, 35, 610_000, "东侧两根立管已装好。"),
    ):
        with stage.at(began + days) as tx:
            actor = stage.actor(tx.session, "zhuchi")
            report = NewReport(progress, spent, note)
            tasks.report(tx.session, actor, task.id, report, now=tx.now)
