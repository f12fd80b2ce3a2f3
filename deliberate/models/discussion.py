"""Rounds of discussion and what is said in them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.discussion import Stance, Verdict

from .base import Base, By, CommunityId, LongText, MaybeBy, MaybeText, Pk, RequestId, words


class DiscussionRound(Base):
    """第 n 次协商: closed by a named moderator with a summary of three parts."""

    __tablename__ = "discussion_round"
    __table_args__ = (
        UniqueConstraint("proposal_id", "n"),
        CheckConstraint(
            "closed_at IS NULL OR (closed_by_id IS NOT NULL AND agreed IS NOT NULL "
            "AND disputed IS NOT NULL AND goes_on IS NOT NULL)",
            name="closed_with_summary",
        ),
        Index(
            "uq_discussion_round_running",
            "proposal_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    n: Mapped[int]
    question: Mapped[LongText]
    """What this round is to settle."""
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[By]
    deadline: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[MaybeBy]
    agreed: Mapped[MaybeText]
    disputed: Mapped[MaybeText]
    goes_on: Mapped[MaybeText]
    """What text goes on."""


class Comment(Base):
    __tablename__ = "comment"
    __table_args__ = (UniqueConstraint("author_id", "request_id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    discussion_round_id: Mapped[int] = mapped_column(ForeignKey("discussion_round.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    stance: Mapped[Stance | None] = mapped_column(words(Stance))
    """None on a reply."""
    body: Mapped[LongText]
    author_id: Mapped[By]
    spoken_by: Mapped[str | None] = mapped_column(String(60))
    """For whom staff took it down (代录), as that person wishes to be called."""
    request_id: Mapped[RequestId]
    at: Mapped[datetime]
    hidden_at: Mapped[datetime | None]
    hidden_by_id: Mapped[MaybeBy]
    hidden_reason: Mapped[MaybeText]
    verdict: Mapped[Verdict | None] = mapped_column(words(Verdict))
    verdict_reason: Mapped[MaybeText]
    verdict_by_id: Mapped[MaybeBy]
    verdict_at: Mapped[datetime | None]
