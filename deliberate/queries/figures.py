"""Figures that people would rather see drawn: a round day by day, and money of all works against their budgets.

Of an open round only what is public anyway: how many have answered, and the consents of the daily snapshots
(rule 11). Nothing here is finer than a day and the whole round.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.execution import Money
from deliberate.domain.round import TallyVisibility
from deliberate.models import (
    ConsentRound,
    DayCount,
    Execution,
    PlanVersion,
    Proposal,
    TallySnapshot,
    Task,
    TaskReport,
)


@dataclass(frozen=True, slots=True)
class Day:
    """How far a round was at the end of a day."""

    day: date
    new: int
    """Households whose first answer came that day."""
    answered: int
    agree: int | None
    """Of the snapshot published that day, if one was."""


@dataclass(frozen=True, slots=True)
class Work:
    """A matter that is carried out, and its money in fen."""

    number: int
    title: str
    money: Money


def days_of(session: Session, consent_round: ConsentRound, *, now: datetime) -> list[Day]:
    """Each day of a round from its opening until today, or until its last answer."""
    if consent_round.opened_at is None:
        return []
    came = _first_answers(session, consent_round.id)
    published = _snapshots(session, consent_round)
    last = min(day_in_beijing(now), max([*came, *published], default=day_in_beijing(now)))
    if consent_round.answer_until is not None and now < consent_round.answer_until:
        last = day_in_beijing(now)
    return list(_each(day_in_beijing(consent_round.opened_at), last, came, published))


def _each(first: date, last: date, came: Mapping[date, int], published: Mapping[date, int]) -> Iterator[Day]:
    answered = 0
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        answered += came.get(day, 0)
        yield Day(day, came.get(day, 0), answered, published.get(day))


def _first_answers(session: Session, round_id: int) -> dict[date, int]:
    """By day in Beijing, the households that have answered, each on the day of its first record.

    From the running counts: as many rows as there are days, whatever the number of households.
    """
    rows = session.execute(
        select(DayCount.day, func.sum(DayCount.answered))
        .where(DayCount.consent_round_id == round_id)
        .group_by(DayCount.day)
    )
    return {day: int(number) for day, number in rows if number}


def _snapshots(session: Session, consent_round: ConsentRound) -> dict[date, int]:
    """Consents by the day on which they were published; none where the round is sealed."""
    if consent_round.tally_visibility is TallyVisibility.SEALED:
        return {}
    rows = session.execute(
        select(TallySnapshot.day, TallySnapshot.agree).where(
            TallySnapshot.consent_round_id == consent_round.id
        )
    )
    return {day: agree for day, agree in rows}  # noqa: C416 - rows, not pairs


def works(session: Session, community_id: int, most: int = 30) -> list[Work]:
    """The newest matters that were carried out, each with its money."""
    spent = (
        select(Task.execution_id, func.sum(TaskReport.spent).label("spent"))
        .join(TaskReport, TaskReport.task_id == Task.id)
        .group_by(Task.execution_id)
        .subquery()
    )
    rows = session.execute(
        select(Proposal.number, Proposal.title, PlanVersion.budget, func.coalesce(spent.c.spent, 0))
        .select_from(Execution)
        .join(Proposal, Proposal.id == Execution.proposal_id)
        .join(ConsentRound, ConsentRound.id == Execution.consent_round_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .outerjoin(spent, spent.c.execution_id == Execution.id)
        .where(Execution.community_id == community_id)
        .order_by(Execution.id.desc())
        .limit(most)
    )
    return [Work(number, title, Money(budget, int(paid))) for number, title, budget, paid in rows]
