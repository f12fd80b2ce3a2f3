"""Consents: append-only records, the ones they supersede, and the side tables that can be erased."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.consent import Answer, Channel, Deed, Standing
from deliberate.domain.round import EvidenceRole, Relation
from deliberate.domain.rules import Electorate

from .base import Base, CommunityId, MaybeBy, MaybeText, Pk, Sha256, words

_FRESH_PAPER = text("serial IS NOT NULL AND deed IN ('answer', 'change')")


class Consent(Base):
    """意见: one recorded answer, change, withdrawal, correction, voiding or settlement; append-only."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(
            "(answer IS NULL) = (deed IN ('withdrawal', 'voiding')) OR deed = 'settlement'",
            name="answer_fits_deed",
        ),
        CheckConstraint(
            "channel = 'online' OR deed NOT IN ('answer', 'change', 'correction') "
            "OR (serial IS NOT NULL AND signed_at IS NOT NULL)",
            name="paper_is_numbered",
        ),
        CheckConstraint(
            "deed NOT IN ('correction', 'voiding', 'settlement') OR reason IS NOT NULL",
            name="reason_given",
        ),
        CheckConstraint("recorded_by_id IS NOT NULL OR letter_id IS NOT NULL", name="recorded_by_somebody"),
        Index(
            "uq_consent_serial",
            "consent_round_id",
            "serial",
            unique=True,
            sqlite_where=_FRESH_PAPER,
            postgresql_where=_FRESH_PAPER,
        ),
        Index(
            "ix_consent_community_serial",
            "community_id",
            "serial",
            sqlite_where=text("serial IS NOT NULL"),
            postgresql_where=text("serial IS NOT NULL"),
        ),
        Index(
            "ix_consent_stub_hash",
            "stub_hash",
            sqlite_where=text("stub_hash IS NOT NULL"),
            postgresql_where=text("stub_hash IS NOT NULL"),
        ),
        # all that counting asks of a record, so that a recount reads nothing but this
        Index(
            "ix_consent_round_entry",
            "consent_round_id",
            "roll_entry_id",
            "id",
            "late",
            "deed",
            "answer",
            "channel",
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    roll_entry_id: Mapped[int] = mapped_column(ForeignKey("roll_entry.id"), index=True)
    plan_sha256: Mapped[Sha256]
    deed: Mapped[Deed] = mapped_column(words(Deed))
    answer: Mapped[Answer | None] = mapped_column(words(Answer))
    channel: Mapped[Channel] = mapped_column(words(Channel))
    late: Mapped[bool] = mapped_column(default=False)
    """Registered after `register_until`, or signed after `answer_until`: stored and never counted."""
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[MaybeBy]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    duty_id: Mapped[int | None] = mapped_column(ForeignKey("duty.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    helped_by_id: Mapped[MaybeBy]
    """Staff who helped a person without a telephone to answer online at the desk."""
    serial: Mapped[str | None] = mapped_column(String(20))
    signed_at: Mapped[datetime | None]
    """When the paper was signed, as written on it."""
    reason: Mapped[MaybeText]
    receipt_hash: Mapped[Sha256] = mapped_column(unique=True)
    stub_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the code on the tear-off stub of the paper; one paper may carry several matters."""
    request_id: Mapped[str] = mapped_column(String(64), unique=True)
    """Made by the page or device that sent it; the same sent twice is one record."""


class Supersession(Base):
    """A record that stands no longer, and the one that says so; append-only, each at most once."""

    __tablename__ = "supersession"

    superseded_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), primary_key=True)
    by_consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), index=True)
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)


class EntryStanding(Base):
    """Where a roll entry stands now: kept with each record, and checked against them by the database."""

    __tablename__ = "entry_standing"
    __table_args__ = (Index("ix_entry_standing_round", "consent_round_id", "standing"),)

    roll_entry_id: Mapped[int] = mapped_column(ForeignKey("roll_entry.id"), primary_key=True)
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    standing: Mapped[Standing] = mapped_column(words(Standing))
    since: Mapped[datetime]


class BuildingCount(Base):
    """How many of a building's entries have answered: for showing only; counting works from the consents.

    A row for each building on the roll, so that writers of different buildings never wait for one another, and a
    page reads as many rows as it shows.
    """

    __tablename__ = "building_count"
    __table_args__ = (
        UniqueConstraint("consent_round_id", "electorate", "building_id"),
        Index("ix_building_count_shown", "consent_round_id", "electorate", "place"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    electorate: Mapped[Electorate] = mapped_column(words(Electorate))
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    place: Mapped[int]
    """From 1, in the order in which people count buildings."""
    total: Mapped[int]
    answered: Mapped[int] = mapped_column(default=0)


class DayCount(Base):
    """How many homes came to answer on a day in Beijing: for showing only, a row for each lane.

    Every writer of a day would want the same row; in lanes by building they seldom wait for one another. However
    many homes a round has, these rows are few: whether its page is still as it was is asked of them.
    """

    __tablename__ = "day_count"
    __table_args__ = (UniqueConstraint("consent_round_id", "day", "lane"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    day: Mapped[date]
    """Of the home's first record."""
    lane: Mapped[int]
    answered: Mapped[int] = mapped_column(default=0)
    changes: Mapped[int] = mapped_column(default=0)
    """How often a count of the lane moved, of homes or owners: pages of the round are as they were while the sum of
    these is."""


class ConsentPaper(Base):
    """Who signed a paper consent and before whom; a side table that retention may erase."""

    __tablename__ = "consent_paper"

    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), primary_key=True)
    community_id: Mapped[CommunityId]
    signer_name: Mapped[str] = mapped_column(String(120))
    relation: Mapped[Relation] = mapped_column(words(Relation))
    canvassers: Mapped[str] = mapped_column(String(250))
    """Both names, as of the crew that day."""
    language: Mapped[str] = mapped_column(String(16), default="")
    helped_by: Mapped[str] = mapped_column(String(120), default="")
    """Who helped the signer to read or write."""
    note: Mapped[MaybeText]


class Evidence(Base):
    """A photograph, a live signature or a written authority, kept by the hash of its bytes."""

    __tablename__ = "evidence"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), index=True)
    role: Mapped[EvidenceRole] = mapped_column(words(EvidenceRole))
    sha256: Mapped[Sha256]
    mime: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    at: Mapped[datetime]


class OwnCheck(Base):
    """A household looked up its record by its code and said whether it is as given; append-only."""

    __tablename__ = "own_check"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)
    roll_entry_id: Mapped[int] = mapped_column(ForeignKey("roll_entry.id"), index=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"))
    right: Mapped[bool]
    at: Mapped[datetime]
