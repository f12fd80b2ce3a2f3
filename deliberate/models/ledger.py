"""The ledger: leaves, what opens them, their places in the community's tree, its heads and who holds those.

All of it is append-only; only what opens a leaf may one day be thinned, by retention.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.ledger.head import AnchorWay, HeadReason
from deliberate.domain.ledger.leaf import FIELDS

from .base import Base, CommunityId, LongText, Pk, Sha256, words

_KINDS = ", ".join(f"'{kind}'" for kind in FIELDS)
STEPS_ALONE = "kind <> 'consent'"
"""To be said by whoever asks for leaves of a step, so that both stores use their index."""


class LedgerLeaf(Base):
    """One event as text, with a commitment per field; written in the transaction of its deed."""

    __tablename__ = "ledger_leaf"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
        CheckConstraint("(kind = 'consent') = (consent_id IS NOT NULL)", name="consent_has_its_own"),
        CheckConstraint("consent_id IS NULL OR consent_round_id IS NOT NULL", name="consent_in_round"),
        Index("ix_ledger_leaf_consent_round_id", "consent_round_id", "consent_id"),
        # the steps of rounds, found among a million consents
        Index(
            "ix_ledger_leaf_steps",
            "community_id",
            "kind",
            "consent_round_id",
            sqlite_where=text(STEPS_ALONE),
            postgresql_where=text(STEPS_ALONE),
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    kind: Mapped[str] = mapped_column(String(20))
    leaf: Mapped[LongText]
    leaf_hash: Mapped[Sha256] = mapped_column(unique=True)
    consent_round_id: Mapped[int | None] = mapped_column(ForeignKey("consent_round.id"))
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id"), unique=True)
    at: Mapped[datetime]


class LedgerOpening(Base):
    """Name → [salt in base64, value] of a leaf's fields; what is erased here can be guessed by nobody."""

    __tablename__ = "ledger_opening"

    leaf_id: Mapped[int] = mapped_column(ForeignKey("ledger_leaf.id"), primary_key=True)
    community_id: Mapped[CommunityId]
    openings: Mapped[dict[str, Any]]


class WaitingLeaf(Base):
    """A leaf without a place yet; kept by the store itself (`guards/queues.py`), whoever writes the leaf.

    No reference to the leaf: the trigger that writes the row has it in hand.
    """

    __tablename__ = "waiting_leaf"
    __table_args__ = {"sqlite_with_rowid": False}  # nothing but its key

    community_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    leaf_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class LedgerBatch(Base):
    """Leaves that entered the tree together, those of consents in an order of chance."""

    __tablename__ = "ledger_batch"
    __table_args__ = (
        UniqueConstraint("community_id", "n"),
        CheckConstraint("n >= 1 AND first >= 0 AND size > first", name="counts"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    n: Mapped[int]
    first: Mapped[int]
    """The position of its first leaf: the size of the tree before it."""
    size: Mapped[int]
    """Leaves in the tree after it."""
    frontier: Mapped[list[str]] = mapped_column(JSON)
    """Roots of the full subtrees after it, the largest first, in hex."""
    at: Mapped[datetime]


class LedgerPlace(Base):
    """Where a leaf stands in the tree of its community, counted from 0, without gaps."""

    __tablename__ = "ledger_place"
    __table_args__ = (UniqueConstraint("community_id", "position"),)

    leaf_id: Mapped[int] = mapped_column(ForeignKey("ledger_leaf.id"), primary_key=True)
    community_id: Mapped[CommunityId]
    position: Mapped[int]
    batch_id: Mapped[int] = mapped_column(ForeignKey("ledger_batch.id"), index=True)


class LedgerNode(Base):
    """The root of a full subtree of 256 leaves (level 8) or more, so that no proof loads the whole tree."""

    __tablename__ = "ledger_node"
    __table_args__ = (
        UniqueConstraint("community_id", "level", "n"),
        CheckConstraint("level >= 8 AND n >= 0", name="full_subtree"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    level: Mapped[int]
    n: Mapped[int]
    """Which one of its level: it covers the leaves from n * 2**level on."""
    hash: Mapped[Sha256]


class LedgerHead(Base):
    """Size and root of the tree at one moment, as the text that is signed."""

    __tablename__ = "ledger_head"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        Index("ix_ledger_head_grown", "community_id", "size", "id"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    size: Mapped[int]
    root: Mapped[Sha256]
    why: Mapped[HeadReason] = mapped_column(words(HeadReason))
    body: Mapped[LongText]
    at: Mapped[datetime]
    consent_round_id: Mapped[int | None] = mapped_column(ForeignKey("consent_round.id"), index=True)


class WaitingHead(Base):
    """A head without the log's own signature yet; kept by the store itself, as `WaitingLeaf` is."""

    __tablename__ = "waiting_head"

    community_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    head_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class HeadSignature(Base):
    """A line below a head: ours, or that of an observer who checked it."""

    __tablename__ = "head_signature"
    __table_args__ = (
        UniqueConstraint("head_id", "line"),
        Index("ix_head_signature_last", "community_id", "name", "at"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    head_id: Mapped[int] = mapped_column(ForeignKey("ledger_head.id"))
    name: Mapped[str] = mapped_column(String(200))
    line: Mapped[str] = mapped_column(String(400))
    cosigner: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]


class Anchor(Base):
    """A head was handed to somebody who can hold us to it."""

    __tablename__ = "anchor"
    __table_args__ = (Index("ix_anchor_last", "community_id", "way", "head_id", "id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    head_id: Mapped[int] = mapped_column(ForeignKey("ledger_head.id"), index=True)
    way: Mapped[AnchorWay] = mapped_column(words(AnchorWay))
    at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(String(200), default="")
