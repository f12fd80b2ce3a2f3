"""Accounts, their roles in communities, and the count of tries at secrets."""

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.permissions import Role

from .base import Base, By, CommunityId, Line, MaybeBy, Pk, words


class Account(Base):
    __tablename__ = "account"

    id: Mapped[Pk]
    user_name: Mapped[str] = mapped_column(String(80), unique=True)
    telephone: Mapped[str | None] = mapped_column(String(40), unique=True)
    password_hash: Mapped[Line]
    password_once: Mapped[bool] = mapped_column(default=False)
    """Given by somebody else: it opens nothing but the page where a password of one's own is chosen."""
    display_name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str | None] = mapped_column(String(16))
    view: Mapped[str | None] = mapped_column(String(16))
    epoch: Mapped[int] = mapped_column(default=0)
    """Raised to end every session of the account."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class RoleGrant(Base):
    __tablename__ = "role_grant"
    __table_args__ = (
        Index(
            "uq_role_grant_standing",
            "community_id",
            "account_id",
            "role",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    account_id: Mapped[By] = mapped_column(index=True)
    role: Mapped[Role] = mapped_column(words(Role))
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[MaybeBy]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[MaybeBy]


class Throttle(Base):
    """Tries within an hour at one secret or from one place; `key` is a keyed hash, never the secret."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime]
    tries: Mapped[int]
