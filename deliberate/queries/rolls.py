"""The roll as a whole: every household as the importer compares it, and what state the roll is in."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.roll_diff import ExistingHousehold
from deliberate.domain.roll_rows import RollRow
from deliberate.models import Building, Estate, Grid, Household, HouseholdChange, RollImport


def existing(session: Session, community_id: int) -> tuple[list[ExistingHousehold], frozenset[int]]:
    """Every household ever on the roll in walking order, and the ids of those that are gone."""
    rows = session.execute(
        select(Household, Grid.name, Estate.name, Building.name)
        .join(Grid, Grid.id == Household.grid_id)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .where(Household.community_id == community_id)
        .order_by(Household.walk, Household.id)
    ).all()
    homes = [
        ExistingHousehold(
            home.id,
            grid,
            estate,
            building,
            home.unit,
            home.floor,
            home.room,
            home.head_name,
            home.telephone,
            None if home.area is None else Decimal(home.area) / 100,
            home.occupancy,
            home.note,
        )
        for home, grid, estate, building in rows
    ]
    return homes, frozenset(home.id for home, *_ in rows if home.gone_at is not None)


def estates(session: Session, community_id: int) -> Sequence[str]:
    """The estates that the community has, as they are spelled."""
    return session.scalars(
        select(Estate.name).where(Estate.community_id == community_id).order_by(Estate.id.desc())
    ).all()


def rows(session: Session, community_id: int) -> list[RollRow]:
    """The households of today, as a file would give them."""
    homes, gone = existing(session, community_id)
    return [
        RollRow(
            0,
            home.grid,
            home.estate,
            home.building,
            home.unit,
            home.floor,
            home.room,
            home.head_name,
            home.telephone,
            home.area,
            home.occupancy,
            home.note,
        )
        for home in homes
        if home.ref not in gone
    ]


def state(session: Session, community_id: int) -> str:
    """Changes whenever the roll does: a preview of another state is out of date."""
    figures = [
        session.scalar(select(figure).where(table.community_id == community_id))
        for figure, table in (
            (func.count(Household.id), Household),
            (func.max(HouseholdChange.id), HouseholdChange),
            (func.max(RollImport.id), RollImport),
        )
    ]
    return "-".join(str(figure or 0) for figure in figures)


def imports(session: Session, community_id: int, most: int = 10) -> Sequence[RollImport]:
    """The latest imports, newest first."""
    return session.scalars(
        select(RollImport)
        .where(RollImport.community_id == community_id)
        .order_by(RollImport.id.desc())
        .limit(most)
    ).all()
