"""What tablets deliver: each record in the exact bytes in which it came, and the evidence it declares."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.round import EvidenceRole
from deliberate.domain.sync import Kind, Reason, UploadState, Verdict

from .base import Base, By, CommunityId, LongText, Pk, Sha256, words

_ORIGINAL = text("verdict <> 'mismatch'")


class TabletRecord(Base):
    """One record; its bytes never change, its verdict may, until it is settled."""

    __tablename__ = "tablet_record"
    __table_args__ = (
        UniqueConstraint("record_id", "sha256"),
        CheckConstraint("verdict NOT IN ('duplicate', 'retry')", name="stands_somewhere"),
        CheckConstraint("(verdict = 'quarantined') = (reason IS NOT NULL)", name="quarantined_for_a_reason"),
        Index(
            "uq_tablet_record_original",
            "record_id",
            unique=True,
            sqlite_where=_ORIGINAL,
            postgresql_where=_ORIGINAL,
        ),
        Index("ix_tablet_record_device", "device_uuid", "seq"),
        Index("ix_tablet_record_queue", "community_id", "verdict"),
        Index("ix_tablet_record_about", "about"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    record_id: Mapped[str] = mapped_column(String(36))
    device_uuid: Mapped[str] = mapped_column(String(36))
    """Of the device that delivered it, or as the export says."""
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    seq: Mapped[int | None]
    kind: Mapped[Kind | None] = mapped_column(words(Kind, "tablet_kind"))
    sha256: Mapped[Sha256]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    """The exact bytes."""
    via: Mapped[str] = mapped_column(String(8))
    """sync, raw or zip."""
    received_at: Mapped[datetime]
    sending: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What is needed to know when things happened: skew, page load, counter."""
    verdict: Mapped[Verdict] = mapped_column(words(Verdict, "tablet_verdict"))
    reason: Mapped[Reason | None] = mapped_column(words(Reason, "tablet_reason"))
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """For the office: the refusal's sentence with its numbers, or the field that could not be read."""
    judged_at: Mapped[datetime]
    household_id: Mapped[int | None]
    """As the record says; the roll may know no such home."""
    crew_id: Mapped[int | None]
    sealed_at: Mapped[datetime | None]
    """As well as it can be known."""
    about: Mapped[str | None] = mapped_column(String(36))
    """The record that it completes, corrects or takes back."""
    waits_for: Mapped[str | None] = mapped_column(String(36))
    """The record without which it cannot be judged."""
    waits_for_earlier: Mapped[bool] = mapped_column(default=False)
    """It names a paper that may yet come from the same tablet."""
    late_rounds: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`{"rounds": […]}`: those for which it came too late."""
    replaced_by: Mapped[str | None] = mapped_column(String(36))
    """The correction that came into force instead."""


class DeclaredEvidence(Base):
    """A piece of evidence that a record names; append-only."""

    __tablename__ = "declared_evidence"
    __table_args__ = (Index("ix_declared_evidence_sha256", "sha256"),)

    id: Mapped[Pk]
    tablet_record_id: Mapped[int] = mapped_column(ForeignKey("tablet_record.id"), index=True)
    serial: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[Sha256]
    size: Mapped[int]
    mime: Mapped[str] = mapped_column(String(40))
    role: Mapped[EvidenceRole] = mapped_column(words(EvidenceRole))


class EvidenceUpload(Base):
    """A piece of evidence on its way, by the hash under which the tablet knows it."""

    __tablename__ = "evidence_upload"
    __table_args__ = (UniqueConstraint("device_uuid", "sha256"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    device_uuid: Mapped[str] = mapped_column(String(36))
    sha256: Mapped[Sha256]
    role: Mapped[EvidenceRole] = mapped_column(words(EvidenceRole))
    length: Mapped[int]
    have: Mapped[int] = mapped_column(default=0)
    """Bytes that are on the disk for good."""
    state: Mapped[UploadState] = mapped_column(words(UploadState))
    kept_sha256: Mapped[str | None] = mapped_column(String(64))
    """The same picture as it is kept: re-encoded, without metadata."""
    kept_mime: Mapped[str | None] = mapped_column(String(40))
    kept_size: Mapped[int | None]
    at: Mapped[datetime]


class TabletDecision(Base):
    """A person's decision on a quarantined record, or on one that came with other bytes; append-only."""

    __tablename__ = "tablet_decision"
    __table_args__ = (CheckConstraint("NOT (accepted AND forged)", name="forged_is_left_out"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    tablet_record_id: Mapped[int] = mapped_column(ForeignKey("tablet_record.id"), unique=True)
    accepted: Mapped[bool]
    forged: Mapped[bool] = mapped_column(default=False)
    """Left out because nobody at the door ever signed it."""
    reason: Mapped[LongText]
    at: Mapped[datetime]
    by_id: Mapped[By]
