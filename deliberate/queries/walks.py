"""What a canvasser looks for among the doors: a room, a name, appointments, wishes, one's own papers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from deliberate.domain.calendar import BEIJING
from deliberate.domain.canvass import Answered
from deliberate.domain.consent import Channel, Deed
from deliberate.domain.permissions import Actor
from deliberate.domain.roll_address import parse_address, parse_unit_room
from deliberate.domain.roll_text import compact, search_key
from deliberate.domain.round import VisitOutcome
from deliberate.models import (
    Building,
    Consent,
    ConsentRound,
    Estate,
    Household,
    PlanVersion,
    RollEntry,
    Visit,
    VisitRequest,
)

from .crews import Serving
from .doors import DoorLine, lines

MOST_FOUND = 100
EVENING_FROM = 18
"""O'clock in Beijing from which a visit is an evening visit."""


class Only(StrEnum):
    """Filters over a list of doors."""

    SILENT = "silent"
    COME_BACK = "come_back"
    EVENING = "evening"


def keeps(only: Only | None, door: DoorLine) -> bool:
    """Whether the door stays under the filter."""
    if only is None:
        return True
    if door.answered is Answered.ALL:
        return False
    appointed = door.come_back_at
    if only is Only.COME_BACK:
        return appointed is not None
    if only is Only.EVENING:
        late = appointed is not None and appointed.astimezone(BEIJING).hour >= EVENING_FROM
        return late or any(wish.evening for wish in door.wishes)
    return True


def search(
    session: Session,
    serving: Sequence[Serving],
    community_id: int,
    actor: Actor,
    typed: str,
    *,
    everywhere: bool,
) -> list[DoorLine]:
    """Doors by room, by address or by name, whatever key the dot of a name was typed with."""
    text, name = compact(typed[:120]), search_key(typed[:120])
    if not text or not name:
        return []
    return lines(
        session, serving, community_id, actor, _wanted(text, name), everywhere=everywhere, most=MOST_FOUND
    )


def _wanted(text: str, name: str) -> ColumnElement[bool]:
    address, pair = parse_address(text), parse_unit_room(text)
    found: list[ColumnElement[bool]] = []
    if address is not None:
        houses = (
            select(Building.id)
            .join(Estate, Estate.id == Building.estate_id)
            .where(Building.name == address.building, Estate.name.contains(address.estate, autoescape=True))
        )
        unit = Household.unit == address.unit if address.unit else true()
        found.append(and_(Household.building_id.in_(houses), Household.room == address.room, unit))
    if pair is not None:
        found.append(and_(Household.unit == pair[0], Household.room == pair[1]))
    if not found and re.fullmatch(r"[A-Z]{0,2}\d{1,5}[A-Z]?", text):
        found.append(Household.room.startswith(text, autoescape=True))
    return or_(*found) if found else Household.head_key.contains(name, autoescape=True)


def appointments(
    session: Session, serving: Sequence[Serving], community_id: int, actor: Actor, until: datetime
) -> list[DoorLine]:
    """Doors whose last visit ended with "come back", due by then, and that still have something to answer."""
    later = aliased(Visit)
    due = select(Visit.household_id).where(
        Visit.community_id == community_id,
        Visit.outcome == VisitOutcome.COME_BACK,
        Visit.come_back_at < until,
        ~select(later.id)
        .where(later.household_id == Visit.household_id, later.at_door > Visit.at_door)
        .exists(),
    )
    doors = lines(session, serving, community_id, actor, Household.id.in_(due), most=MOST_FOUND)
    open_doors = [door for door in doors if door.come_back_at and door.open]
    return sorted(open_doors, key=lambda door: door.come_back_at or until)


def wishing(session: Session, serving: Sequence[Serving], community_id: int, actor: Actor) -> list[DoorLine]:
    """Doors that asked for a call or a visit which has not been made."""
    asking = select(VisitRequest.household_id).where(
        VisitRequest.community_id == community_id, VisitRequest.done_at.is_(None)
    )
    doors = lines(session, serving, community_id, actor, Household.id.in_(asking), most=MOST_FOUND)
    return [door for door in doors if not door.own]


def wish(session: Session, wish_id: int, community_id: int) -> VisitRequest | None:
    """One wish, if it is of this community."""
    return session.scalar(
        select(VisitRequest).where(VisitRequest.id == wish_id, VisitRequest.community_id == community_id)
    )


@dataclass(frozen=True, slots=True)
class MyPaper:
    """A paper that the person registered: where and when, never what it says."""

    consent_id: int
    entry_id: int
    round_id: int
    household_id: int
    estate: str
    building: str
    unit: str
    room: str
    serial: str
    title: str
    recorded_at: datetime
    late: bool
    corrected: bool


_PAPER = (Deed.ANSWER, Deed.CHANGE, Deed.CORRECTION)


def my_papers(session: Session, account_id: int | None, community_id: int, most: int = 200) -> list[MyPaper]:
    """The newest papers that this person registered, over all rounds of the community."""
    where = (Consent.recorded_by_id == account_id, Consent.community_id == community_id)
    return _papers(session, *where, most=most)


def my_paper(session: Session, account_id: int | None, community_id: int, consent_id: int) -> MyPaper | None:
    """One of them."""
    where = (Consent.recorded_by_id == account_id, Consent.community_id == community_id)
    return next(iter(_papers(session, *where, Consent.id == consent_id, most=1)), None)


def _papers(session: Session, *where: ColumnElement[bool], most: int) -> list[MyPaper]:
    rows = session.execute(
        select(
            Consent.id,
            Consent.roll_entry_id,
            Consent.consent_round_id,
            Household.id,
            Estate.name,
            Building.name,
            Household.unit,
            Household.room,
            Consent.serial,
            PlanVersion.title,
            Consent.recorded_at,
            Consent.late,
            (Consent.deed == Deed.CORRECTION).label("corrected"),
        )
        .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
        .join(Household, Household.id == RollEntry.household_id)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .join(ConsentRound, ConsentRound.id == Consent.consent_round_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .where(
            Consent.channel == Channel.PAPER, Consent.deed.in_(_PAPER), Consent.serial.is_not(None), *where
        )
        .order_by(Consent.id.desc())
        .limit(most)
    )
    return [MyPaper(*list[Any](row)) for row in rows]


def visits_today(session: Session, account_id: int | None, community_id: int, since: datetime) -> int:
    """Doors that the person was at since then."""
    return session.scalars(
        select(func.count(func.distinct(Visit.household_id))).where(
            Visit.recorded_by_id == account_id, Visit.community_id == community_id, Visit.at_door >= since
        )
    ).one()
