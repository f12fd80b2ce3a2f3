"""Doors as a canvasser sees them: in walking order, over every running round in which the person serves.

A door tells whether it has answered what it is asked, never how (DESIGN §4, rule 11). An owner's matter is
asked at each home of the owner; the matters of a door are the entries of both electorates.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from deliberate.domain.canvass import Answered, Knock, Unwelcome, answered, unwelcome
from deliberate.domain.consent import ANSWERED
from deliberate.domain.permissions import Actor
from deliberate.domain.round import VisitWish
from deliberate.models import (
    Building,
    EntryStanding,
    Estate,
    Household,
    RollEntry,
    Visit,
    VisitRequest,
)

from . import communities
from .crews import Serving
from .scope import within


@dataclass(frozen=True, slots=True)
class BuildingLine:
    """One building of the walk: its doors, and how many of them have answered everything."""

    building_id: int
    estate: str
    name: str
    doors: int
    done: int


@dataclass(frozen=True, slots=True)
class DoorLine:
    """One door of the walk, from outside."""

    household_id: int
    building_id: int
    estate: str
    building: str
    unit: str
    floor: int | None
    room: str
    head_name: str | None
    asked: int
    done: int
    own: bool
    visits: Sequence[Visit] = ()
    """Since the rounds opened, the first one first."""
    wishes: Sequence[VisitRequest] = ()
    unwelcome: Unwelcome | None = None

    @property
    def answered(self) -> Answered:
        """All, some or none of what the door is asked."""
        return answered(self.asked, self.done)

    @property
    def last(self) -> Visit | None:
        """The last visit."""
        return self.visits[-1] if self.visits else None

    @property
    def come_back_at(self) -> datetime | None:
        """The appointment made at the last visit, if one was."""
        return self.last.come_back_at if self.last else None

    @property
    def open(self) -> bool:
        """Whether this person may knock here now, and has a reason to."""
        return self.answered is not Answered.ALL and not self.own and self.unwelcome is None


def asked_of(rounds: Collection[int]) -> Subquery:
    """Home and entry: each home's own entries, and the entries of its owner that hang at another home."""
    own = select(
        RollEntry.household_id,
        RollEntry.id.label("entry_id"),
        RollEntry.consent_round_id,
        literal(1).label("own"),
    ).where(RollEntry.consent_round_id.in_(rounds))
    through_owner = (
        select(Household.id, RollEntry.id, RollEntry.consent_round_id, literal(0))
        .join(Household, Household.owner_id == RollEntry.owner_id)
        .where(RollEntry.consent_round_id.in_(rounds), RollEntry.household_id != Household.id)
    )
    return union_all(own, through_owner).subquery("asked")


def _doors(
    serving: Sequence[Serving], community_id: int, *homes: ColumnElement[bool], everywhere: bool = False
) -> Select[int, int, Any]:
    """Household, how much it is asked, and has answered. `everywhere`: beyond the crews' own doors."""
    running = [one for one in serving if one.running]
    asked = asked_of([one.round_id for one in running])
    walked: list[ColumnElement[bool]] = [
        asked.c.consent_round_id == one.round_id
        if everywhere
        else and_(asked.c.consent_round_id == one.round_id, within(one.scope))
        for one in running
    ]
    mine = and_(asked.c.own == 1, or_(*walked)) if walked else literal(False)
    return (
        select(
            Household.id,
            func.count(asked.c.entry_id).label("asked"),
            func.sum(case((EntryStanding.standing.in_(ANSWERED), 1), else_=0)).label("done"),
        )
        .join(asked, asked.c.household_id == Household.id)
        .outerjoin(EntryStanding, EntryStanding.roll_entry_id == asked.c.entry_id)
        .where(Household.community_id == community_id, Household.gone_at.is_(None), *homes)
        .group_by(Household.id)
        .having(func.sum(case((mine, 1), else_=0)) > 0)
    )


def buildings(session: Session, serving: Sequence[Serving], community_id: int) -> list[BuildingLine]:
    """The buildings of the walk, in walking order."""
    doors = _doors(serving, community_id).subquery("door")
    rows = session.execute(
        select(
            Building.id,
            Estate.name,
            Building.name,
            func.count(),
            func.sum(case((doors.c.done >= doors.c.asked, 1), else_=0)),
        )
        .join(Household, Household.id == doors.c.id)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .group_by(Building.id, Estate.name, Building.name)
        .order_by(func.min(Household.walk), Building.id)
    )
    return [BuildingLine(*row) for row in rows]


def walk(session: Session, serving: Sequence[Serving], community_id: int) -> Sequence[int]:
    """The doors that the person walks, in walking order."""
    doors = _doors(serving, community_id).subquery("door")
    return session.scalars(
        select(Household.id).join(doors, doors.c.id == Household.id).order_by(Household.walk, Household.id)
    ).all()


def lines(
    session: Session,
    serving: Sequence[Serving],
    community_id: int,
    actor: Actor,
    *which: ColumnElement[bool],
    everywhere: bool = False,
    most: int | None = None,
) -> list[DoorLine]:
    """Doors in walking order, with their visits and wishes; `which` are conditions on households."""
    doors = _doors(serving, community_id, *which, everywhere=everywhere).subquery("door")
    rows = session.execute(
        select(Household, Estate.name, Building.name, doors.c.asked, doors.c.done)
        .join(doors, doors.c.id == Household.id)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .order_by(Household.walk, Household.id)
        .limit(most)
    ).all()
    homes = [row[0].id for row in rows]
    since = min((one.opened_at for one in serving if one.opened_at), default=None)
    visits, wishes = _visits(session, homes), _wishes(session, homes)
    most_visits = communities.settings(session, community_id).visits
    own = actor.homes.keys() | actor.owned.keys()
    return [
        DoorLine(
            home.id,
            home.building_id,
            estate,
            building,
            home.unit,
            home.floor,
            home.room,
            home.head_name,
            asked,
            int(done),
            home.id in own,
            [visit for visit in visits[home.id] if since and visit.at_door >= since],
            wishes[home.id],
            _unwelcome(visits[home.id], wishes[home.id], since, most_visits),
        )
        for home, estate, building, asked, done in rows
    ]


def _unwelcome(
    visits: Iterable[Visit], wishes: Iterable[VisitRequest], since: datetime | None, most: int
) -> Unwelcome | None:
    if since is None:
        return None
    invited = [wish.asked_at for wish in wishes if wish.wish is VisitWish.VISIT]
    knocks = [Knock(visit.outcome, visit.at_door) for visit in visits]
    return unwelcome(knocks, since=since, most=most, invited_at=max(invited, default=None))


def _visits(session: Session, homes: Collection[int]) -> defaultdict[int, list[Visit]]:
    found: defaultdict[int, list[Visit]] = defaultdict(list)
    for visit in session.scalars(
        select(Visit).where(Visit.household_id.in_(homes)).order_by(Visit.at_door, Visit.id)
    ):
        found[visit.household_id].append(visit)
    return found


def _wishes(session: Session, homes: Collection[int]) -> defaultdict[int, list[VisitRequest]]:
    found: defaultdict[int, list[VisitRequest]] = defaultdict(list)
    for wish in session.scalars(
        select(VisitRequest)
        .where(VisitRequest.household_id.in_(homes), VisitRequest.done_at.is_(None))
        .order_by(VisitRequest.asked_at, VisitRequest.id)
    ):
        found[wish.household_id].append(wish)
    return found


def in_building(
    session: Session, serving: Sequence[Serving], building_id: int, community_id: int, actor: Actor
) -> list[DoorLine]:
    """The doors of one building that the person walks."""
    return lines(session, serving, community_id, actor, Household.building_id == building_id)


def next_door(doors: Sequence[DoorLine], household_id: int) -> DoorLine | None:
    """The next door up the stairs at which somebody has still to be asked."""
    here = next((place for place, one in enumerate(doors) if one.household_id == household_id), -1)
    return next((one for one in doors[here + 1 :] if one.open), None)
