"""How many have answered, in all and by building: from the running counts, whatever the number of households."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.rules import Electorate
from deliberate.models import Building, BuildingCount, Estate

AT_ONCE = 24
"""Buildings shown on one page."""


@dataclass(frozen=True, slots=True)
class BuildingProgress:
    """How many of a building's households have answered."""

    building_id: int
    estate: str
    name: str
    answered: int
    total: int
    place: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the round is, from the running counts by building."""

    answered: int
    owners: tuple[int, int]
    buildings: int


def of_round(session: Session, round_id: int) -> Progress:
    """Sums of the running counts: as many rows as there are buildings, whatever the number of households."""
    rows = session.execute(
        select(
            BuildingCount.electorate,
            func.sum(BuildingCount.answered),
            func.sum(BuildingCount.total),
            func.count(),
        )
        .where(BuildingCount.consent_round_id == round_id)
        .group_by(BuildingCount.electorate)
    )
    sums = {electorate: tuple(int(n) for n in numbers) for electorate, *numbers in rows}
    homes = sums.get(Electorate.HOUSEHOLD, (0, 0, 0))
    owners = sums.get(Electorate.OWNER, (0, 0, 0))
    return Progress(homes[0], (owners[0], owners[1]), homes[2])


def by_building(
    session: Session, round_id: int, *, after: int = 0, limit: int | None = AT_ONCE
) -> tuple[BuildingProgress, ...]:
    """Answered of total by building, as people count buildings, after that place; a page of them, or no limit."""
    rows = session.execute(
        select(
            Building.id,
            Estate.name,
            Building.name,
            BuildingCount.answered,
            BuildingCount.total,
            BuildingCount.place,
        )
        .select_from(BuildingCount)
        .join(Building, Building.id == BuildingCount.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .where(
            BuildingCount.consent_round_id == round_id,
            BuildingCount.electorate == Electorate.HOUSEHOLD,
            BuildingCount.place > after,
        )
        .order_by(BuildingCount.place)
        .limit(limit)
    )
    return tuple(BuildingProgress(*row) for row in rows)


def page_of(session: Session, round_id: int, building_id: int | None) -> int:
    """After which place the page with that building begins."""
    place = session.scalar(
        select(BuildingCount.place).where(
            BuildingCount.consent_round_id == round_id,
            BuildingCount.electorate == Electorate.HOUSEHOLD,
            BuildingCount.building_id == building_id,
        )
    )
    return (place - 1) // AT_ONCE * AT_ONCE if place else 0
