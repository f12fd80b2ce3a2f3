"""Counting: daily snapshots, count sheets and their signatures, objections, outcomes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.round import SheetRole
from deliberate.domain.rules import Outcome

from .base import Base, By, CommunityId, LongText, MaybeBy, MaybeLine, MaybeText, Pk, Sha256, words


class TallySnapshot(Base):
    """The running number of consents, once a day, and only when enough answers came since; append-only."""

    __tablename__ = "tally_snapshot"
    __table_args__ = (UniqueConstraint("consent_round_id", "day"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    day: Mapped[date]
    taken_at: Mapped[datetime]
    agree: Mapped[int]
    answered: Mapped[int]


class CountSheet(Base):
    """意见统计表: n = 1 is the count, later ones amend it; append-only."""

    __tablename__ = "count_sheet"
    __table_args__ = (
        UniqueConstraint("consent_round_id", "n"),
        CheckConstraint("n = 1 OR reason IS NOT NULL", name="amended_for_a_reason"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    n: Mapped[int]
    figures: Mapped[dict[str, Any]]
    """By electorate: every standing in heads and area; channels; tests with need and have; forms."""
    sha256: Mapped[Sha256]
    made_at: Mapped[datetime]
    made_by_id: Mapped[By]
    reason: Mapped[MaybeText]


class CountSignature(Base):
    """A signature under a count sheet; append-only."""

    __tablename__ = "count_signature"
    __table_args__ = (
        UniqueConstraint("count_sheet_id", "role"),
        UniqueConstraint("count_sheet_id", "account_id"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    count_sheet_id: Mapped[int] = mapped_column(ForeignKey("count_sheet.id"))
    role: Mapped[SheetRole] = mapped_column(words(SheetRole))
    account_id: Mapped[By]
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"))
    sha256: Mapped[Sha256]
    at: Mapped[datetime]


class Objection(Base):
    """异议: filed by a household, rechecked by a person who recorded nothing of it, answered in writing."""

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint(
            "decided_at IS NULL OR (decided_by_id IS NOT NULL AND finding IS NOT NULL AND reply IS NOT NULL)",
            name="decided_in_writing",
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    roll_entry_id: Mapped[int | None] = mapped_column(ForeignKey("roll_entry.id"), index=True)
    kind: Mapped[ObjectionKind] = mapped_column(words(ObjectionKind))
    statement: Mapped[LongText]
    filed_at: Mapped[datetime]
    filed_by_id: Mapped[MaybeBy]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id"))
    """The record that whoever held its receipt code says is wrong."""
    due_at: Mapped[datetime]
    method: Mapped[MaybeLine]
    finding: Mapped[Finding | None] = mapped_column(words(Finding))
    reply: Mapped[MaybeText]
    voided_consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[MaybeBy]


class OutcomeRecord(Base):
    """The outcome of a round as computed; one per round; append-only."""

    __tablename__ = "outcome_record"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), unique=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    count_sheet_id: Mapped[int] = mapped_column(ForeignKey("count_sheet.id"))
    outcome: Mapped[Outcome] = mapped_column(words(Outcome))
    tests: Mapped[list[dict[str, Any]]]
    at: Mapped[datetime]
    by_id: Mapped[By]
