"""Proposals: the matter, each version of its text, its seconds, and every step it took."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deliberate.domain.lifecycle import Stage, Step
from deliberate.domain.proposal import Category

from .base import (
    Base,
    By,
    CommunityId,
    Fen,
    LongText,
    MaybeBy,
    MaybeLine,
    MaybeText,
    Pk,
    RequestId,
    Sha256,
    words,
)


class Proposal(Base):
    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("community_id", "number"), UniqueConstraint("author_id", "request_id"))

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    number: Mapped[int]
    """Counts from 1 in each community; what people quote."""
    stage: Mapped[Stage] = mapped_column(words(Stage), index=True)
    category: Mapped[Category] = mapped_column(words(Category))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[LongText]
    budget: Mapped[Fen] = mapped_column(default=0)
    scope: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    """Raised with every change of text; a form sends back the one it was made from."""
    author_id: Mapped[By] = mapped_column(index=True)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"))
    """The author's household, or that of the person for whom it was taken down."""
    taken_down_by_id: Mapped[MaybeBy]
    """Set when staff wrote it down for somebody (代录)."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"))
    """The earlier matter that this one raises again."""
    request_id: Mapped[RequestId]
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    """None for what never was, or what its author threw away when it had been returned."""
    changed_at: Mapped[datetime]


class ProposalVersion(Base):
    """A text as it once stood; append-only."""

    __tablename__ = "proposal_version"
    __table_args__ = (UniqueConstraint("proposal_id", "n"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    n: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[LongText]
    budget: Mapped[Fen]
    scope: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    by_id: Mapped[By]


class Second(Base):
    """A household that seconds a proposal (联名): one voice."""

    __tablename__ = "second"
    __table_args__ = (UniqueConstraint("proposal_id", "household_id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    account_id: Mapped[MaybeBy]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    at: Mapped[datetime]


class StageChange(Base):
    """A step that a proposal took; append-only."""

    __tablename__ = "stage_change"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    step: Mapped[Step] = mapped_column(words(Step))
    from_stage: Mapped[Stage] = mapped_column(words(Stage, "from_stage"))
    to_stage: Mapped[Stage] = mapped_column(words(Stage, "to_stage"))
    reason: Mapped[MaybeText]
    at: Mapped[datetime]
    by_id: Mapped[MaybeBy]
    proposal: Mapped[Proposal] = relationship()


class Picture(Base):
    """A picture, re-encoded; kept by the hash of its bytes."""

    __tablename__ = "picture"
    __table_args__ = (UniqueConstraint("community_id", "sha256"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    sha256: Mapped[Sha256]
    mime: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    caption: Mapped[MaybeLine]
    at: Mapped[datetime]
    by_id: Mapped[By]
