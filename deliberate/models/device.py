"""Tablets: the devices of canvassers, how they were enrolled, and what each last told of itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, By, CommunityId, Line, MaybeBy, MaybeLine, Pk, Sha256


class Device(Base):
    """One person's tablet; another person's is another device, though it be the same glass."""

    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (revoke_reason IS NULL)", name="revoked_for_a_reason"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    account_id: Mapped[By] = mapped_column(index=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    """Made by the tablet."""
    name: Mapped[Line] = mapped_column(default="")
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    token_until: Mapped[datetime]
    enrolled_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[MaybeBy]
    revoke_reason: Mapped[MaybeLine]
    last_seen_at: Mapped[datetime | None]
    skew_seconds: Mapped[int] = mapped_column(default=0)
    """How far its clock was ahead when it was last heard."""
    protocol: Mapped[int] = mapped_column(default=1)
    app_build: Mapped[str] = mapped_column(String(60), default="")
    checks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was found at enrolment: installed, persisted, space, clock."""
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What it last said of itself: how much waits, since when, how much room there is."""


class DeviceEnrolment(Base):
    """A code that makes one tablet a device of one person; kept only as a keyed hash."""

    __tablename__ = "device_enrolment"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    account_id: Mapped[By]
    code_hash: Mapped[Sha256] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[By]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    """The device that used it; the same may use it again while it lives, should the reply be lost."""


class QuietTime(Base):
    """A span in which nobody is visited: a holiday, an examination, a funeral."""

    __tablename__ = "quiet_time"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="in_order"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[Line]
    at: Mapped[datetime]
    by_id: Mapped[By]
    dropped_at: Mapped[datetime | None]


class ServerEpoch(Base):
    """This life of the store; restored from a backup it begins another, and tablets send again."""

    __tablename__ = "server_epoch"

    id: Mapped[Pk]
    epoch: Mapped[str] = mapped_column(String(36), unique=True)
    since: Mapped[datetime]
    reason: Mapped[Line]


class ChangeCounter(Base):
    """The last number given to a change at a door of the community; held until its writer commits."""

    __tablename__ = "change_counter"

    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)


class DoorChange(Base):
    """The number of the last change at a door."""

    __tablename__ = "door_change"
    __table_args__ = (Index("ix_door_change_cursor", "community_id", "seq"),)

    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    seq: Mapped[int]
