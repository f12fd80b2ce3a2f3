"""What happened: the append-only journal, the notices that were published, and messages to accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.news import Pace
from deliberate.domain.notice import NoticeKind

from .base import Base, By, CommunityId, Line, MaybeBy, Pk, words

_UNSORTED = text("pace IS NULL")
_TO_SEND = text("mail_id IS NULL AND read_at IS NULL AND pace IS NOT NULL AND pace <> 'in_app'")


class JournalEntry(Base):
    """One deed, in the past tense, written in its own transaction. No names, no telephones, no answers."""

    __tablename__ = "journal_entry"
    __table_args__ = (Index("ix_journal_entry_subject", "subject", "subject_id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    at: Mapped[datetime]
    account_id: Mapped[MaybeBy]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    what: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    data: Mapped[dict[str, Any]]


class Notice(Base):
    """A public notice (公示) with the figures it printed; append-only."""

    __tablename__ = "notice"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"), index=True)
    consent_round_id: Mapped[int | None] = mapped_column(ForeignKey("consent_round.id"), index=True)
    kind: Mapped[NoticeKind] = mapped_column(words(NoticeKind))
    data: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by_id: Mapped[MaybeBy]
    until: Mapped[datetime | None]


class NoticePosting(Base):
    """A board that carried a notice: where, since when, with a photograph; append-only."""

    __tablename__ = "notice_posting"
    __table_args__ = (UniqueConstraint("notice_id", "place"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    place: Mapped[Line]
    posted_at: Mapped[datetime]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id"))
    at: Mapped[datetime]
    by_id: Mapped[By]


class InboxMessage(Base):
    """What an account is told of, once."""

    __tablename__ = "inbox_message"
    __table_args__ = (
        Index("ix_inbox_message_unsorted", "id", sqlite_where=_UNSORTED, postgresql_where=_UNSORTED),
        Index(
            "ix_inbox_message_to_send",
            "pace",
            "account_id",
            sqlite_where=_TO_SEND,
            postgresql_where=_TO_SEND,
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    account_id: Mapped[By] = mapped_column(index=True)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"))
    kind: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    pace: Mapped[Pace | None] = mapped_column(words(Pace))
    """How soon it is sent by mail, once that was looked at; `in_app` is not sent at all."""
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("news_mail.id"))
    """The one letter that carries it."""
