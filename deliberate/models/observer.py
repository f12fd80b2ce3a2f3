"""Who holds us to the ledger: keys of observers, addresses that want heads, and the keys that signed heads."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, CommunityId, MaybeBy, Pk

_WAITING = text("sent_at IS NULL AND given_up_at IS NULL")


class LedgerKey(Base):
    """A key that signs heads of the community; a new one is accepted by hand, old heads stay valid."""

    __tablename__ = "ledger_key"
    __table_args__ = (UniqueConstraint("community_id", "vkey"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    vkey: Mapped[str] = mapped_column(String(300))
    """As C2SP writes verifier keys: name, id, key."""
    since: Mapped[datetime]


class ObserverKey(Base):
    """A key under which an observer cosigns heads."""

    __tablename__ = "observer_key"
    __table_args__ = (UniqueConstraint("community_id", "name"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    name: Mapped[str] = mapped_column(String(100))
    vkey: Mapped[str] = mapped_column(String(300))
    added_at: Mapped[datetime]
    added_by_id: Mapped[MaybeBy]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[MaybeBy]


class ObserverAddress(Base):
    """An e-mail address to which heads are sent. Deleted when it is taken back: nobody needs it then."""

    __tablename__ = "observer_address"
    __table_args__ = (UniqueConstraint("community_id", "address"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    address: Mapped[str] = mapped_column(String(200))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """The observer who left it, if they did so themselves."""
    added_at: Mapped[datetime]
    added_by_id: Mapped[MaybeBy]


class HeadLetter(Base):
    """A head that is owed to one address, whatever becomes of the others. Deleted with the address."""

    __tablename__ = "head_letter"
    __table_args__ = (
        UniqueConstraint("head_id", "address_id"),
        Index("ix_head_letter_last", "community_id", "head_id"),
        Index(
            "ix_head_letter_waiting",
            "address_id",
            "next_try_at",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    head_id: Mapped[int] = mapped_column(ForeignKey("ledger_head.id"))
    address_id: Mapped[int] = mapped_column(ForeignKey("observer_address.id"), index=True)
    made_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
