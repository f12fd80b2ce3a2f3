"""Carrying out: behind the gate, tasks and money; then completion, and what households think of it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.execution import Rating

from .base import Base, By, CommunityId, Fen, Line, LongText, MaybeBy, MaybeText, Pk, words


class Execution(Base):
    """实施: a row exists only behind the gate (DESIGN §4, rule 5); the database recounts; append-only."""

    __tablename__ = "execution"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), unique=True)
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), unique=True)
    started_at: Mapped[datetime]
    started_by_id: Mapped[By]


class Task(Base):
    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("budget >= 0", name="budget"),
        CheckConstraint(
            "cancelled_at IS NULL OR (cancelled_by_id IS NOT NULL AND cancelled_for IS NOT NULL)",
            name="cancelled_with_a_reason",
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    execution_id: Mapped[int] = mapped_column(ForeignKey("execution.id"), index=True)
    title: Mapped[Line]
    responsible: Mapped[str] = mapped_column(String(120))
    """The unit that carries it out."""
    due_on: Mapped[date]
    budget: Mapped[Fen] = mapped_column(default=0)
    at: Mapped[datetime]
    by_id: Mapped[By]
    cancelled_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[MaybeBy]
    cancelled_for: Mapped[MaybeText]
    """Why it is not carried out."""


class TaskReport(Base):
    """Progress and money of one task; append-only."""

    __tablename__ = "task_report"
    __table_args__ = (CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    progress: Mapped[int]
    """In percent, the whole task so far."""
    spent: Mapped[Fen] = mapped_column(default=0)
    """Spent since the last report; may be negative to correct one."""
    note: Mapped[LongText]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id"))
    at: Mapped[datetime]
    by_id: Mapped[By]


class Completion(Base):
    """完工: the accounts shown; append-only."""

    __tablename__ = "completion"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    execution_id: Mapped[int] = mapped_column(ForeignKey("execution.id"), unique=True)
    statement: Mapped[LongText]
    spent: Mapped[Fen]
    evaluate_until: Mapped[datetime]
    at: Mapped[datetime]
    by_id: Mapped[By]


class Evaluation(Base):
    """评议: one per household."""

    __tablename__ = "evaluation"
    __table_args__ = (UniqueConstraint("proposal_id", "household_id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    rating: Mapped[Rating] = mapped_column(words(Rating))
    remark: Mapped[LongText] = mapped_column(default="")
    at: Mapped[datetime]
    account_id: Mapped[MaybeBy]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
