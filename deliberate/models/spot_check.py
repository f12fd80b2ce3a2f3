"""Spot checks: what was fixed beforehand, the dice, whom they named, every attempt, the verdict; full rechecks.

All append-only but the assignment of a revisit, of which the newest row holds.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.spot_check import CheckKind, CheckResult, FormShows, Said, Way

from .base import Base, By, CommunityId, MaybeBy, Pk, words

_DRAWN = text("place IS NOT NULL")


class SpotCheck(Base):
    """抽查方案: the sample for one signed count sheet, fixed before the dice are thrown."""

    __tablename__ = "spot_check"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'full') = (sample = 0) AND sample >= 0 AND 2 * sample <= frame",
            name="at_most_half_is_drawn",
        ),
        CheckConstraint("allowed >= 0 AND wrong >= 0 AND wrong <= frame", name="whole_numbers"),
        CheckConstraint("kind = 'full' OR (risk > 0 AND risk <= risk_limit * 100)", name="within_the_limit"),
        CheckConstraint("risk_limit >= 1 AND risk_limit <= 10", name="risk_limit"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)
    count_sheet_id: Mapped[int] = mapped_column(ForeignKey("count_sheet.id"), unique=True)
    kind: Mapped[CheckKind] = mapped_column(words(CheckKind))
    frame: Mapped[int]
    """Answers drawn from (Y): households said to consent, or all others."""
    wrong: Mapped[int]
    """M0: so many wrong ones, and the outcome would be another."""
    allowed: Mapped[int]
    """k, fixed beforehand."""
    sample: Mapped[int]
    """n; 0 for a full recheck."""
    enough: Mapped[int | None]
    """What the limit asks for, also where that is more than half."""
    risk_limit: Mapped[int]
    """In percent."""
    risk: Mapped[int]
    """In hundredths of a percent, rounded up."""
    at: Mapped[datetime]
    by_id: Mapped[By]


class SpotDraw(Base):
    """抽取: the seed from public dice, read out and typed once."""

    __tablename__ = "spot_draw"
    __table_args__ = (CheckConstraint("length(seed) = 20", name="twenty_digits"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), unique=True)
    spot_check_id: Mapped[int] = mapped_column(ForeignKey("spot_check.id"), unique=True)
    seed: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    by_id: Mapped[By]


class SpotSample(Base):
    """抽中的一户, or a home of a crew's probe, which has no place in the order and counts for nothing else."""

    __tablename__ = "spot_sample"
    __table_args__ = (
        UniqueConstraint("spot_check_id", "roll_entry_id"),
        CheckConstraint("(place IS NULL) = (crew_id IS NOT NULL)", name="drawn_or_probed"),
        CheckConstraint("place > 0", name="counted_from_one"),
        Index(
            "uq_spot_sample_place",
            "spot_check_id",
            "place",
            unique=True,
            sqlite_where=_DRAWN,
            postgresql_where=_DRAWN,
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    spot_check_id: Mapped[int] = mapped_column(ForeignKey("spot_check.id"))
    roll_entry_id: Mapped[int] = mapped_column(ForeignKey("roll_entry.id"), index=True)
    place: Mapped[int | None]
    crew_id: Mapped[int | None] = mapped_column(ForeignKey("crew.id"))


class SpotAssignment(Base):
    """Who asks there; the newest row holds."""

    __tablename__ = "spot_assignment"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    spot_sample_id: Mapped[int] = mapped_column(ForeignKey("spot_sample.id"), index=True)
    account_id: Mapped[By] = mapped_column(index=True)
    at: Mapped[datetime]
    by_id: Mapped[MaybeBy]


class SpotVisit(Base):
    """回访: one attempt to reach a household, and what it said that it had answered."""

    __tablename__ = "spot_visit"
    __table_args__ = (
        CheckConstraint(
            "(way = 'own_check') = (by_id IS NULL) AND (way <> 'own_check' OR said IS NOT NULL)",
            name="by_somebody_or_itself",
        ),
        CheckConstraint(
            "said IS NULL OR (way = 'own_check') = (said IN ('as_recorded', 'not_as_recorded'))",
            name="asked_blind",
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"))
    spot_sample_id: Mapped[int] = mapped_column(ForeignKey("spot_sample.id"), index=True)
    way: Mapped[Way] = mapped_column(words(Way))
    said: Mapped[Said | None] = mapped_column(words(Said))
    """None: not reached this time."""
    at: Mapped[datetime]
    by_id: Mapped[MaybeBy]
    request_id: Mapped[str] = mapped_column(String(64), unique=True)


class SpotVerdict(Base):
    """抽查结论 for one signed count sheet; an amendment of the sheet needs its own."""

    __tablename__ = "spot_verdict"
    __table_args__ = (
        UniqueConstraint("count_sheet_id", "result"),
        CheckConstraint("differences >= 0 AND reached >= 0", name="whole_numbers"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)
    spot_check_id: Mapped[int] = mapped_column(ForeignKey("spot_check.id"))
    count_sheet_id: Mapped[int] = mapped_column(ForeignKey("count_sheet.id"))
    result: Mapped[CheckResult] = mapped_column(words(CheckResult))
    reached: Mapped[int]
    differences: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[By]


class FullRecheck(Base):
    """全面复核: every form is laid beside its record, and every household is told to look at its own."""

    __tablename__ = "full_recheck"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), unique=True)
    spot_check_id: Mapped[int] = mapped_column(ForeignKey("spot_check.id"))
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    at: Mapped[datetime]
    by_id: Mapped[By]


class FormCheck(Base):
    """One form beside its record, by somebody who did not record it: what the form itself shows."""

    __tablename__ = "form_check"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    consent_round_id: Mapped[int] = mapped_column(ForeignKey("consent_round.id"), index=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), unique=True)
    shows: Mapped[FormShows] = mapped_column(words(FormShows))
    at: Mapped[datetime]
    by_id: Mapped[By]
