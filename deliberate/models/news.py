"""How a person wishes to be told, and the letters of news that are owed to them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.news import NewsMailKind

from .base import Base, By, Pk, words

_WAITING = text("sent_at IS NULL AND given_up_at IS NULL")


class NewsWish(Base):
    """One person's mail address and how soon they are told of each topic; the address is erased when taken back."""

    __tablename__ = "news_wish"
    __table_args__ = (
        CheckConstraint("(address IS NULL) = (asked_at IS NULL)", name="address_was_asked"),
        CheckConstraint("proved_at IS NULL OR address IS NOT NULL", name="proof_of_an_address"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    address: Mapped[str | None] = mapped_column(String(120))
    asked_at: Mapped[datetime | None]
    """When the address was typed; the code that proves it is worked out from this."""
    proved_at: Mapped[datetime | None]
    """When the code came back. Nothing but that code is sent before."""
    paces: Mapped[dict[str, Any]]


class NewsMail(Base):
    """One letter that is owed to a person; of each day at most one that gathers."""

    __tablename__ = "news_mail"
    __table_args__ = (
        UniqueConstraint("account_id", "day"),
        Index("ix_news_mail_waiting", "next_try_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: Mapped[Pk]
    account_id: Mapped[By]
    kind: Mapped[NewsMailKind] = mapped_column(words(NewsMailKind))
    day: Mapped[date | None]
    """Of the letter that gathers the day's news; one that is sent at once has none."""
    made_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
