"""A community, and each version of its settings."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, CommunityId, Line, MaybeBy, Pk


class Community(Base):
    __tablename__ = "community"

    id: Mapped[Pk]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Line]
    telephone: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime]


class SettingsVersion(Base):
    """The settings as they were changed; the newest is in force, and no open round is touched."""

    __tablename__ = "settings_version"
    __table_args__ = (UniqueConstraint("community_id", "n"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    n: Mapped[int]
    values: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[MaybeBy]
