"""Consent rounds: the frozen roll, who serves in them, the forms they use."""

import base64
import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind, RoundStatus, TallyVisibility
from deliberate.domain.rules import Electorate

from .base import Base, By, CommunityId, Line, LongText, MaybeBy, Pk, RowLock, Sha256, words


def new_secret() -> str:
    """For one entry on a roll."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


_NOT_DROPPED = text("status <> 'dropped'")
_RUNNING = text("status NOT IN ('closed', 'dropped')")


class ConsentRound(Base):
    """第 n 次征求意见. What is locked at opening never changes; only the deadline may be extended."""

    __tablename__ = "consent_round"
    __table_args__ = (
        UniqueConstraint("proposal_id", "n"),
        CheckConstraint(
            "status IN ('prepared', 'dropped') OR (opened_at IS NOT NULL AND answer_until IS NOT NULL "
            "AND register_until IS NOT NULL AND settle_until IS NOT NULL "
            "AND opened_at < answer_until AND answer_until <= register_until "
            "AND register_until <= settle_until AND roll_sha256 IS NOT NULL AND roll_size > 0)",
            name="open_is_complete",
        ),
        CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL AND closed_by_id IS NOT NULL)",
            name="closed_by_somebody",
        ),
        Index(
            "uq_consent_round_running",
            "proposal_id",
            unique=True,
            sqlite_where=_RUNNING,
            postgresql_where=_RUNNING,
        ),
        Index(
            "uq_consent_round_plan_version_id",
            "plan_version_id",
            unique=True,
            sqlite_where=_NOT_DROPPED,
            postgresql_where=_NOT_DROPPED,
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    plan_sha256: Mapped[Sha256]
    n: Mapped[int]
    status: Mapped[RoundStatus] = mapped_column(words(RoundStatus), index=True)
    scope: Mapped[dict[str, Any]]
    rules: Mapped[list[dict[str, Any]]]
    periods: Mapped[dict[str, Any]]
    """The community's settings as locked at opening (days and numbers, by their names)."""
    tally_visibility: Mapped[TallyVisibility] = mapped_column(words(TallyVisibility))
    prepared_at: Mapped[datetime]
    prepared_by_id: Mapped[By]
    roll_sha256: Mapped[str | None] = mapped_column(String(64))
    """The Merkle root over the leaves of the roll, by slot (docs/ledger.md); set when it is drawn up."""
    roll_size: Mapped[int] = mapped_column(default=0)
    """Households on the frozen roll; the denominator."""
    opened_at: Mapped[datetime | None]
    opened_by_id: Mapped[MaybeBy]
    answer_until: Mapped[datetime | None]
    register_until: Mapped[datetime | None]
    settle_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[MaybeBy]


class RoundExtension(Base):
    """The deadline moved, before it passed, with its reason; append-only."""

    __tablename__ = "round_extension"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)
    old_until: Mapped[datetime]
    new_until: Mapped[datetime]
    reason: Mapped[LongText]
    at: Mapped[datetime]
    by_id: Mapped[By]


class RollEntry(Base):
    """名册条目: one household, or one owner, on the frozen roll of one round."""

    __tablename__ = "roll_entry"
    __table_args__ = (
        UniqueConstraint("consent_round_id", "electorate", "household_id"),
        UniqueConstraint("consent_round_id", "owner_id"),
        UniqueConstraint("consent_round_id", "slot"),
        CheckConstraint("area >= 0", name="area"),
        CheckConstraint("electorate = 'owner' OR owner_id IS NULL", name="household_without_owner"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    electorate: Mapped[Electorate] = mapped_column(words(Electorate))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    """The home; of an owner with several, the first in walking order."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owner.id"))
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    area: Mapped[int] = mapped_column(default=0)
    """In 0.01 m²; an owner's homes together."""
    homes: Mapped[int] = mapped_column(default=1)
    row_lock: Mapped[RowLock]
    slot: Mapped[str] = mapped_column(String(32))
    """Random within the round, never derived from the room."""
    home: Mapped[str] = mapped_column(String(250), default="")
    """The dwelling by its address, as it was when the roll was drawn up."""
    secret: Mapped[str] = mapped_column(String(44), default=new_secret)
    """32 random bytes in base64, from which the salts of its leaf come."""


class RollLeftOut(Base):
    """A vacant home left off the roll before certification, with the reason that was posted."""

    __tablename__ = "roll_left_out"
    __table_args__ = (UniqueConstraint("consent_round_id", "household_id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    reason: Mapped[LongText]
    posted_at: Mapped[datetime]
    by_id: Mapped[By]


class RollCertificate(Base):
    """A signature under the roll: one by a registrar, one by a scrutineer, two persons; append-only."""

    __tablename__ = "roll_certificate"
    __table_args__ = (
        UniqueConstraint("consent_round_id", "role"),
        UniqueConstraint("consent_round_id", "account_id"),
        CheckConstraint("role IN ('registrar', 'scrutineer')", name="who_certifies"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    role: Mapped[Role] = mapped_column(words(Role))
    account_id: Mapped[By]
    roll_sha256: Mapped[Sha256]
    roll_size: Mapped[int]
    at: Mapped[datetime]


class Crew(Base):
    """Two canvassers who go together; the second may be a volunteer without an account."""

    __tablename__ = "crew"
    __table_args__ = (UniqueConstraint("consent_round_id", "name"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    name: Mapped[str] = mapped_column(String(60))
    volunteer: Mapped[str | None] = mapped_column(String(120))
    scope: Mapped[dict[str, Any]]
    """The doors it walks: by grid, estate, building; an empty scope is the whole round."""


class Duty(Base):
    """A duty in a round: one person, one duty (DESIGN §4, rule 14); append-only."""

    __tablename__ = "duty"
    __table_args__ = (UniqueConstraint("consent_round_id", "account_id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    account_id: Mapped[By]
    kind: Mapped[DutyKind] = mapped_column(words(DutyKind))
    crew_id: Mapped[int | None] = mapped_column(ForeignKey("crew.id"), index=True)
    assigned_at: Mapped[datetime]
    assigned_by_id: Mapped[By]


class FormIssue(Base):
    """Numbered consent forms handed to a crew; append-only."""

    __tablename__ = "form_issue"
    __table_args__ = (
        CheckConstraint("first_serial <= last_serial", name="serials_in_order"),
        UniqueConstraint("community_id", "first_serial"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)
    crew_id: Mapped[int] = mapped_column(ForeignKey("crew.id"), index=True)
    first_serial: Mapped[int]
    last_serial: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[By]


class FormReturn(Base):
    """Blank and spoilt forms that a crew handed back at the end of a day; append-only.

    What was written down too much is taken off by a further row with less than nothing, and why.
    """

    __tablename__ = "form_return"
    __table_args__ = (
        CheckConstraint("(blank >= 0 AND spoilt >= 0) OR note <> ''", name="less_with_a_reason"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)
    crew_id: Mapped[int] = mapped_column(ForeignKey("crew.id"), index=True)
    day: Mapped[date]
    blank: Mapped[int]
    spoilt: Mapped[int]
    note: Mapped[Line] = mapped_column(default="")
    at: Mapped[datetime]
    by_id: Mapped[By]


class EveningCount(Base):
    """The forms of one crew, counted by hand in the evening and signed by who counted; append-only."""

    __tablename__ = "evening_count"
    __table_args__ = (
        CheckConstraint("in_hand >= 0", name="whole_number"),
        CheckConstraint("difference = 0 OR note <> ''", name="difference_is_explained"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)
    crew_id: Mapped[int] = mapped_column(ForeignKey("crew.id"), index=True)
    day: Mapped[date]
    issued: Mapped[int]
    collected: Mapped[int]
    """Signed forms that have reached the office: registered, or waiting there for a person."""
    blank: Mapped[int]
    spoilt: Mapped[int]
    in_hand: Mapped[int]
    """Counted in the crew's hands."""
    difference: Mapped[int]
    """Issued, less all of these."""
    note: Mapped[Line] = mapped_column(default="")
    at: Mapped[datetime]
    by_id: Mapped[By]
