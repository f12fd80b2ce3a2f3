"""Stacks of papers at the desk: pictures of forms on their way to becoming records."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.stack import PictureState

from .base import Base, By, CommunityId, MaybeBy, MaybeText, Pk, Sha256, words


class StackPicture(Base):
    """One photographed or scanned form; whoever holds it enters it. Deleted by retention alone."""

    __tablename__ = "stack_picture"
    __table_args__ = (
        UniqueConstraint("community_id", "sha256"),
        Index("ix_stack_picture_queue", "community_id", "state"),
        CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled_when"),
        CheckConstraint("state NOT IN ('registered', 'completed') OR serial IS NOT NULL", name="numbered"),
        CheckConstraint("(state = 'completed') = (tablet_record_id IS NOT NULL)", name="completes_a_record"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    sha256: Mapped[Sha256]
    """Of the picture as it is kept; the same file twice is the same picture."""
    mime: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    serial: Mapped[str | None] = mapped_column(String(20), index=True)
    """As printed on the form; none until it is read."""
    at: Mapped[datetime]
    by_id: Mapped[By]
    held_by_id: Mapped[MaybeBy]
    """The canvasser who enters it, and alone sees it."""
    state: Mapped[PictureState] = mapped_column(words(PictureState))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[MaybeBy]
    why: Mapped[MaybeText]
    """Why it was put aside."""
    restored_why: Mapped[MaybeText]
    """Why its form is not spoilt after all; who said so, and when, is in the journal."""
    tablet_record_id: Mapped[int | None] = mapped_column(ForeignKey("tablet_record.id"), index=True)
    """The tablet's record whose photograph it is."""
