"""The roll (户册): grids, estates, buildings, households; who belongs to them; their letters."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deliberate.domain.roll_cells import Occupancy

from .base import Base, By, CommunityId, Line, LongText, MaybeBy, MaybeLine, Pk, RowLock, Sha256, words

_STANDING = text("ended_at IS NULL")


class Grid(Base):
    __tablename__ = "grid"
    __table_args__ = (UniqueConstraint("community_id", "name"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    name: Mapped[str] = mapped_column(String(60))


class Estate(Base):
    __tablename__ = "estate"
    __table_args__ = (UniqueConstraint("community_id", "name"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    name: Mapped[str] = mapped_column(String(120))
    """Empty where the office's list names none."""


class Building(Base):
    __tablename__ = "building"
    __table_args__ = (UniqueConstraint("estate_id", "name"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    estate_id: Mapped[int] = mapped_column(ForeignKey("estate.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    estate: Mapped[Estate] = relationship()


class Owner(Base):
    """A person, co-owners together, or a developer: one head, however many homes (Civil Code art. 278)."""

    __tablename__ = "owner"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    name: Mapped[Line]
    note: Mapped[Line] = mapped_column(default="")


class Household(Base):
    __tablename__ = "household"
    __table_args__ = (
        UniqueConstraint("building_id", "unit", "room"),
        CheckConstraint("area IS NULL OR area > 0", name="area_positive"),
        Index("ix_household_community_id_grid_id", "community_id", "grid_id"),
        Index("ix_household_community_id_walk", "community_id", "walk", "id"),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"), index=True)
    unit: Mapped[str] = mapped_column(String(20), default="")
    floor: Mapped[int | None]
    room: Mapped[str] = mapped_column(String(20))
    walk: Mapped[str] = mapped_column(String(500).with_variant(String(500, collation="C"), "postgresql"))
    """Sorts doors in walking order as plain bytes: estate, building, unit, floor, room."""
    head_name: Mapped[str | None] = mapped_column(String(120))
    head_key: Mapped[str] = mapped_column(String(120), default="", index=True)
    """The name without dots and spaces, for searching."""
    telephone: Mapped[str | None] = mapped_column(String(40))
    area: Mapped[int | None]
    """In 0.01 m²."""
    occupancy: Mapped[Occupancy] = mapped_column(words(Occupancy))
    note: Mapped[str] = mapped_column(String(1000), default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owner.id"), index=True)
    """The owner on the office's list; without one the home has an owner of its own."""
    row_lock: Mapped[RowLock]
    gone_at: Mapped[datetime | None]
    """Set when the dwelling no longer exists (demolished, joined to another); never deleted."""
    building: Mapped[Building] = relationship()
    grid: Mapped[Grid] = relationship()


class RollImport(Base):
    __tablename__ = "roll_import"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    file_name: Mapped[Line]
    sha256: Mapped[Sha256]
    rows: Mapped[int]
    added: Mapped[int]
    changed: Mapped[int]
    missing: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[MaybeBy]


class HouseholdChange(Base):
    """A correction of one household, with its reason; append-only."""

    __tablename__ = "household_change"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    roll_import_id: Mapped[int | None] = mapped_column(ForeignKey("roll_import.id"))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[LongText]
    at: Mapped[datetime]
    by_id: Mapped[MaybeBy]


class Membership(Base):
    """An adult who belongs to a household; several may, and it ends when they move."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("as_owner OR lives_there", name="belongs"),
        Index(
            "uq_membership_standing",
            "household_id",
            "account_id",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    account_id: Mapped[By] = mapped_column(index=True)
    as_owner: Mapped[bool] = mapped_column(default=False)
    """Whether the person is an owner of the home and may answer for its owner."""
    lives_there: Mapped[bool] = mapped_column(default=True)
    """Whether the person belongs to the household; an owner who lives elsewhere does not speak for it."""
    via_letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    helped_by_id: Mapped[MaybeBy]
    """The member of staff who joined them at the desk."""
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[MaybeBy]
    end_reason: Mapped[MaybeLine]


class Letter(Base):
    """A household's letter (or an owner's): its code is kept only as a keyed hash.

    Active from recorded delivery until frozen or replaced (DESIGN §4, rule 12).
    """

    __tablename__ = "letter"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    for_owner: Mapped[bool] = mapped_column(default=False)
    """A letter to the owner of the home, who answers under an owners' rule."""
    code_hash: Mapped[Sha256] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[MaybeBy]
    delivered_at: Mapped[datetime | None]
    delivered_to: Mapped[str | None] = mapped_column(String(120))
    delivered_by_id: Mapped[MaybeBy]
    frozen_at: Mapped[datetime | None]
    frozen_by_id: Mapped[MaybeBy]
    frozen_reason: Mapped[MaybeLine]
    replaced_at: Mapped[datetime | None]
    replaced_by_letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))


class LetterJob(Base):
    """Letters for many buildings, printed by the worker into sealed parts (docs/paper.md)."""

    __tablename__ = "letter_job"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    by_id: Mapped[By]
    ordered_at: Mapped[datetime]
    public_key: Mapped[Sha256]
    """Parts are sealed to it, in hexadecimal; what opens them is the code that the registrar noted down."""
    languages: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(300))
    """Where a letter's code is entered, as residents reach it."""
    undelivered_too: Mapped[bool] = mapped_column(default=False)
    finished_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    """Its parts were deleted."""


class LetterPart(Base):
    """The letters of one building in a job."""

    __tablename__ = "letter_part"
    __table_args__ = (UniqueConstraint("job_id", "building_id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    job_id: Mapped[int] = mapped_column(ForeignKey("letter_job.id"))
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    letters: Mapped[int]
    issued_at: Mapped[datetime | None]
    """Its codes were made; until the part is kept they stand nowhere, and are made anew."""
    kept_at: Mapped[datetime | None]
