"""The second channel: addresses that households left, and what they are told there."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.contact import ContactWay, OutgoingKind
from deliberate.domain.rules import Electorate

from .base import Base, CommunityId, MaybeBy, Pk, words

_STANDING = text("ended_at IS NULL")
_WAITING = text("sent_at IS NULL AND given_up_at IS NULL")
_UNTOLD = text("given_up_at IS NOT NULL AND told_at IS NULL")


class Contact(Base):
    """Where a household, or the owner of a home, is told of every record made for it; erased when it ends."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("(address IS NULL) = (ended_at IS NOT NULL)", name="address_while_it_stands"),
        Index(
            "uq_contact_standing",
            "household_id",
            "voice",
            "way",
            "address",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    voice: Mapped[Electorate] = mapped_column(words(Electorate))
    """Whether it is told of the household's answers or of the owner's."""
    way: Mapped[ContactWay] = mapped_column(words(ContactWay))
    address: Mapped[str | None] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(16))
    left_at: Mapped[datetime]
    left_by_id: Mapped[MaybeBy]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[MaybeBy]


class Outgoing(Base):
    """One message that is owed to a contact, written in the transaction of the deed it tells of."""

    __tablename__ = "outgoing"
    __table_args__ = (
        CheckConstraint("(told_at IS NULL) = (told_by_id IS NULL)", name="told_by_somebody"),
        Index("ix_outgoing_waiting", "next_try_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_outgoing_untold", "community_id", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    kind: Mapped[OutgoingKind] = mapped_column(words(OutgoingKind))
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id"))
    data: Mapped[dict[str, Any]]
    address: Mapped[str | None] = mapped_column(String(120))
    """Of a contact that has ended: it is told of its end, then this is erased too."""
    made_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    """When somebody told the household another way, because the message had been given up."""
    told_by_id: Mapped[MaybeBy]
