"""Crews under suspicion: who stopped them, which counted papers were suspended, and what a recheck found."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.suspicion import Finding

from .base import Base, By, CommunityId, LongText, MaybeBy, MaybeLine, Pk, words


class CrewSuspension(Base):
    """A crew under suspicion: what its tablets deliver is quarantined until somebody has looked at it."""

    __tablename__ = "crew_suspension"
    __table_args__ = (
        Index(
            "uq_crew_suspension_standing",
            "crew_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    crew_id: Mapped[int] = mapped_column(ForeignKey("crew.id"))
    reason: Mapped[LongText]
    at: Mapped[datetime]
    by_id: Mapped[By]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[MaybeBy]
    lift_reason: Mapped[MaybeLine]


class SuspendedConsent(Base):
    """A counted paper that a voiding suspends until somebody has rechecked it; append-only."""

    __tablename__ = "suspended_consent"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)
    crew_suspension_id: Mapped[int] = mapped_column(ForeignKey("crew_suspension.id"), index=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), unique=True)
    voiding_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), unique=True)
    """The record by which it does not count."""
    at: Mapped[datetime]
    by_id: Mapped[By]


class SuspensionCheck(Base):
    """What the recheck of one suspended paper found, and on what ground; append-only."""

    __tablename__ = "suspension_check"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    suspended_consent_id: Mapped[int] = mapped_column(ForeignKey("suspended_consent.id"), unique=True)
    finding: Mapped[Finding] = mapped_column(words(Finding))
    reason: Mapped[LongText]
    at: Mapped[datetime]
    by_id: Mapped[By]
