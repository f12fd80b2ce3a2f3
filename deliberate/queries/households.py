"""Households as pages ask for them: in walking order, by place, by room or name, one with all about it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import QueryableAttribute, Session, aliased, joinedload

from deliberate.domain.roll_address import parse_address, parse_unit_room
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.roll_text import compact, natural, search_key
from deliberate.models import (
    Account,
    Building,
    Estate,
    Grid,
    Household,
    HouseholdChange,
    Letter,
    Membership,
)

PAGE = 50
MOST_FOUND = 100
_WITH_PLACE = (joinedload(Household.building).joinedload(Building.estate), joinedload(Household.grid))


@dataclass(frozen=True, slots=True)
class Place:
    """Part of the roll: all of it, a grid, an estate or a building."""

    grid_id: int | None = None
    estate_id: int | None = None
    building_id: int | None = None


EVERYWHERE = Place()


@dataclass(frozen=True, slots=True)
class BuildingRow:
    """One building of one grid: how many homes, and how many of them have a letter in force."""

    grid_id: int
    grid: str
    estate_id: int
    estate: str
    building_id: int
    building: str
    households: int
    without_letter: int
    undelivered: int

    @property
    def grid_order(self) -> tuple[tuple[int, int, str], ...]:
        """Grid 2 comes before grid 10."""
        return natural(self.grid)


def one(session: Session, community_id: int, household_id: int) -> Household | None:
    """The home with its place, if it is of this community."""
    return session.scalar(
        select(Household)
        .options(*_WITH_PLACE)
        .where(Household.id == household_id, Household.community_id == community_id)
    )


ORDERS: Mapping[str, QueryableAttribute[Any]] = {
    "room": Household.walk,
    "estate": Estate.name,
    "head": Household.head_name,
    "area": Household.area,
    "occupancy": Household.occupancy,
}
"""What a list of homes can be ordered by; the walking order decides between equals."""


def window(
    session: Session,
    community_id: int,
    place: Place = EVERYWHERE,
    *,
    occupancy: Occupancy | None = None,
    order: str = "room",
    descending: bool = False,
    offset: int = 0,
    most: int = PAGE,
) -> tuple[Sequence[Household], int]:
    """Part of the list in some order, and how many homes the whole has."""
    here = _here(community_id, place)
    if occupancy is not None:
        here = and_(here, Household.occupancy == occupancy)
    number = session.scalar(select(func.count(Household.id)).where(here)) or 0
    by = ORDERS.get(order, Household.walk)
    found = session.scalars(
        select(Household)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .options(*_WITH_PLACE)
        .where(here)
        .order_by(by.is_(None), by.desc() if descending else by, Household.walk, Household.id)
        .offset(offset)
        .limit(most)
    ).all()
    return found, number


def search(session: Session, community_id: int, typed: str) -> Sequence[Household]:
    """By address (`3-2-501`), by room, or by any part of a name in any spelling of its dots."""
    wanted = _wanted(typed[:200])
    if wanted is None:
        return []
    return session.scalars(
        select(Household)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .options(*_WITH_PLACE)
        .where(Household.community_id == community_id, wanted)
        .order_by(Household.walk, Household.id)
        .limit(MOST_FOUND + 1)
    ).all()


def _wanted(typed: str) -> ColumnElement[bool] | None:
    text, name = compact(typed), search_key(typed)
    if not text or not name:
        return None
    address = parse_address(text)
    if address is not None:
        where = [Building.name == address.building, Household.room == address.room]
        if address.unit:
            where.append(Household.unit == address.unit)
        if address.estate:
            where.append(Estate.name.contains(address.estate, autoescape=True))
        pair = parse_unit_room(text)
        exact = and_(*where)
        if pair is not None:
            return or_(exact, and_(Household.unit == pair[0], Household.room == pair[1]))
        return exact
    if re.fullmatch(r"[A-Z]?\d{1,5}[A-Z]?", text):
        return Household.room == text
    return Household.head_key.contains(name, autoescape=True)


def buildings(session: Session, community_id: int) -> list[BuildingRow]:
    """Every building in walking order, grid by grid, with its homes and letters."""
    standing = aliased(Letter)
    delivered = func.count(standing.id).filter(standing.delivered_at.is_not(None))
    issued = func.count(standing.id)
    rows = session.execute(
        select(
            Grid.id,
            Grid.name,
            Estate.id,
            Estate.name,
            Building.id,
            Building.name,
            func.count(Household.id),
            issued,
            delivered,
            func.min(Household.walk),
        )
        .join(Grid, Grid.id == Household.grid_id)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .outerjoin(
            standing,
            and_(
                standing.household_id == Household.id,
                standing.replaced_at.is_(None),
                standing.for_owner.is_(False),
            ),
        )
        .where(Household.community_id == community_id, Household.gone_at.is_(None))
        .group_by(Grid.id, Grid.name, Estate.id, Estate.name, Building.id, Building.name)
        .order_by(func.min(Household.walk), Grid.name)
    )
    return [
        BuildingRow(*row[:7], without_letter=row[6] - row[7], undelivered=row[7] - row[8]) for row in rows
    ]


def grids(session: Session, community_id: int) -> Sequence[Grid]:
    """The grids of the community, 2 before 10."""
    found = session.scalars(select(Grid).where(Grid.community_id == community_id)).all()
    return sorted(found, key=lambda grid: natural(grid.name))


def estates(session: Session, community_id: int) -> Sequence[Estate]:
    """The estates of the community in walking order."""
    first = (
        select(func.min(Household.walk))
        .join(Building, Building.id == Household.building_id)
        .where(Building.estate_id == Estate.id)
        .scalar_subquery()
    )
    return session.scalars(
        select(Estate).where(Estate.community_id == community_id).order_by(first, Estate.name)
    ).all()


def building(session: Session, community_id: int, building_id: int) -> Building | None:
    """The building with its estate, if it is of this community."""
    return session.scalar(
        select(Building)
        .options(joinedload(Building.estate))
        .where(Building.id == building_id, Building.community_id == community_id)
    )


def changes(session: Session, household_id: int) -> list[tuple[HouseholdChange, str | None]]:
    """Every correction of a home with who made it, newest first."""
    rows = session.execute(
        select(HouseholdChange, Account.display_name)
        .outerjoin(Account, Account.id == HouseholdChange.by_id)
        .where(HouseholdChange.household_id == household_id)
        .order_by(HouseholdChange.id.desc())
    )
    return [(change, name) for change, name in rows]


def members(session: Session, household_id: int) -> list[tuple[Membership, str, str | None]]:
    """Who belongs or belonged to a home, with their name and who helped them."""
    helper = aliased(Account)
    rows = session.execute(
        select(Membership, Account.display_name, helper.display_name)
        .join(Account, Account.id == Membership.account_id)
        .outerjoin(helper, helper.id == Membership.helped_by_id)
        .where(Membership.household_id == household_id)
        .order_by(Membership.ended_at.is_not(None), Membership.id)
    )
    return [(member, name, helped) for member, name, helped in rows]


def homes_of(session: Session, account_id: int) -> list[tuple[Membership, Household]]:
    """The homes that an account belongs to or owns."""
    rows = session.execute(
        select(Membership, Household)
        .join(Household, Household.id == Membership.household_id)
        .options(*_WITH_PLACE)
        .where(
            Membership.account_id == account_id,
            Membership.ended_at.is_(None),
            Household.gone_at.is_(None),
        )
        .order_by(Membership.id)
    )
    return [(member, home) for member, home in rows]


def count(session: Session, community_id: int) -> int:
    """How many households are on the roll today."""
    return (
        session.scalar(
            select(func.count(Household.id)).where(
                Household.community_id == community_id, Household.gone_at.is_(None)
            )
        )
        or 0
    )


def _here(community_id: int, place: Place) -> ColumnElement[bool]:
    return and_(Household.community_id == community_id, *at(place))


def at(place: Place) -> list[ColumnElement[bool]]:
    """The homes of a place."""
    where: list[ColumnElement[bool]] = []
    if place.grid_id is not None:
        where.append(Household.grid_id == place.grid_id)
    if place.building_id is not None:
        where.append(Household.building_id == place.building_id)
    if place.estate_id is not None:
        its = select(Building.id).where(Building.estate_id == place.estate_id)
        where.append(Household.building_id.in_(its))
    return where


def membership(session: Session, community_id: int, membership_id: int) -> Membership | None:
    """The membership, if it is of this community."""
    return session.scalar(
        select(Membership).where(Membership.id == membership_id, Membership.community_id == community_id)
    )


def some(session: Session, community_id: int, household_ids: Collection[int]) -> dict[int, Household]:
    """These homes of the community, by id."""
    found = session.scalars(
        select(Household)
        .options(*_WITH_PLACE)
        .where(Household.community_id == community_id, Household.id.in_(household_ids))
    )
    return {home.id: home for home in found}


def of_same_owner(session: Session, home: Household) -> Sequence[Household]:
    """The other homes of the owner of this one, in walking order."""
    if home.owner_id is None:
        return []
    return session.scalars(
        select(Household)
        .options(*_WITH_PLACE)
        .where(Household.owner_id == home.owner_id, Household.id != home.id, Household.gone_at.is_(None))
        .order_by(Household.walk, Household.id)
    ).all()
