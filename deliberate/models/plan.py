"""Plan versions: immutable text, budget, scope, rules, and the SHA-256 over all of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, By, CommunityId, Fen, Line, LongText, MaybeBy, Pk, Sha256


class PlanVersion(Base):
    """方案版本; append-only."""

    __tablename__ = "plan_version"
    __table_args__ = (UniqueConstraint("proposal_id", "n"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    discussion_round_id: Mapped[int] = mapped_column(ForeignKey("discussion_round.id"))
    """The round whose summary fixed it."""
    n: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[LongText]
    budget: Mapped[Fen]
    funding: Mapped[Line]
    """Where the money comes from, and what households pay."""
    schedule: Mapped[Line]
    scope: Mapped[dict[str, Any]]
    rules: Mapped[list[dict[str, Any]]]
    sha256: Mapped[Sha256]
    fixed_at: Mapped[datetime]
    fixed_by_id: Mapped[By]
    notice_until: Mapped[datetime]
    """Consent may open from then on."""


class PlanRecording(Base):
    """A plan read aloud by a person, in one language; the newest is played, until it is taken away."""

    __tablename__ = "plan_recording"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"), index=True)
    language: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[Sha256]
    mime: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    read_by: Mapped[Line]
    """Whose voice it is, as listeners are told."""
    at: Mapped[datetime]
    by_id: Mapped[By]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[MaybeBy]
