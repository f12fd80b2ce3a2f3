"""Doors as the office sees them: answered, visited or untouched in the running rounds; never an answer (rule 11)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from deliberate.domain.canvass import Answered, answered
from deliberate.domain.consent import ANSWERED
from deliberate.domain.round import RUNNING, VisitOutcome
from deliberate.models import Building, ConsentRound, EntryStanding, Estate, Household, Visit

from .doors import asked_of


@dataclass(frozen=True, slots=True)
class MapDoor:
    """One door, from outside."""

    household_id: int
    building_id: int
    estate: str
    building: str
    unit: str
    floor: int | None
    room: str
    asked: int
    done: int
    last: VisitOutcome | None
    """How the last visit since the first of these rounds opened ended."""

    @property
    def answered(self) -> Answered:
        """All, some or none of what it is asked."""
        return answered(self.asked, self.done)


@dataclass(frozen=True, slots=True)
class MapBuilding:
    """One building: how many doors answered everything, were visited without that, or are untouched."""

    building_id: int
    estate: str
    name: str
    answered: int
    visited: int
    untouched: int


def doors(session: Session, community_id: int, building_id: int | None = None) -> list[MapDoor]:
    """Every door that a running round asks something, in walking order; two statements."""
    running = session.execute(
        select(ConsentRound.id, ConsentRound.opened_at).where(
            ConsentRound.community_id == community_id, ConsentRound.status.in_(RUNNING)
        )
    ).all()
    if not running:
        return []
    here = [Household.building_id == building_id] if building_id is not None else []
    since = min(opened for _, opened in running if opened)
    rows = session.execute(_doors(community_id, [round_id for round_id, _ in running], *here)).all()
    last = dict(
        session.execute(
            select(Visit.household_id, Visit.outcome)
            .where(Visit.community_id == community_id, Visit.at_door >= since)
            .order_by(Visit.at_door, Visit.id)
        ).all()
    )
    return [
        MapDoor(
            home.id,
            home.building_id,
            estate,
            name,
            home.unit,
            home.floor,
            home.room,
            asked,
            int(done),
            last.get(home.id),
        )
        for home, estate, name, asked, done in rows
    ]


def _doors(
    community_id: int, rounds: Sequence[int], *here: ColumnElement[bool]
) -> Select[Household, str, str, int, int]:
    asked = asked_of(rounds)
    counted = (
        select(
            asked.c.household_id,
            func.count(asked.c.entry_id).label("asked"),
            func.sum(case((EntryStanding.standing.in_(ANSWERED), 1), else_=0)).label("done"),
        )
        .outerjoin(EntryStanding, EntryStanding.roll_entry_id == asked.c.entry_id)
        .group_by(asked.c.household_id)
        .subquery()
    )
    return (
        select(Household, Estate.name, Building.name, counted.c.asked, counted.c.done)
        .join(counted, counted.c.household_id == Household.id)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .where(Household.community_id == community_id, Household.gone_at.is_(None), *here)
        .order_by(Household.walk, Household.id)
    )


def buildings(found: Sequence[MapDoor]) -> list[MapBuilding]:
    """These doors by building, in walking order."""
    by_building: dict[int, list[MapDoor]] = {}
    for door in found:
        by_building.setdefault(door.building_id, []).append(door)
    return [_building(of_it) for of_it in by_building.values()]


def _building(of_it: Sequence[MapDoor]) -> MapBuilding:
    done = sum(door.answered is Answered.ALL for door in of_it)
    touched = sum(
        door.answered is not Answered.ALL and (door.last is not None or door.done > 0) for door in of_it
    )
    first = of_it[0]
    return MapBuilding(
        first.building_id, first.estate, first.building, done, touched, len(of_it) - done - touched
    )
