"""The public list: rooms that have answered, with the date, as it stood last Monday; never how (rule 13).

A room never leaves it. Withdrawals are rare, and each stands in the bulletin beside the answer that it takes back: a
list from which a room is gone, laid beside the one before, would say whose answer that was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import BEIJING, day_in_beijing
from deliberate.domain.consent import Channel, Record
from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import Building, Consent, ConsentRound, Estate, Household, RollEntry, RollLeftOut

from .tallies import channels, records_of_round


@dataclass(frozen=True, slots=True)
class PostedRoom:
    """A room that has answered, whatever became of its answer, and the day on which it first did."""

    unit: str
    room: str
    day: date


@dataclass(frozen=True, slots=True)
class PostedList:
    """What hangs on the wall this week."""

    as_of: datetime | None
    """None before the first Monday of the round."""
    rooms: Mapping[int, Sequence[PostedRoom]]
    """By building."""
    channels: Mapping[Channel, int]

    @property
    def number(self) -> int:
        """Rooms on the list."""
        return sum(len(rooms) for rooms in self.rooms.values())


def last_monday(now: datetime) -> datetime:
    """00:00 of this week's Monday in Beijing."""
    today = day_in_beijing(now)
    return datetime.combine(today - timedelta(days=today.weekday()), time(0), BEIJING)


def posted(session: Session, consent_round: ConsentRound, *, now: datetime) -> PostedList:
    """The list of this week; after closing, of the whole round."""
    closed = consent_round.status is RoundStatus.CLOSED
    as_of = consent_round.closed_at if closed else last_monday(now)
    if as_of is None or consent_round.opened_at is None or as_of <= consent_round.opened_at:
        return PostedList(None, {}, dict.fromkeys(Channel, 0))
    days: dict[int, datetime] = {}
    for consent_id, at in session.execute(
        select(Consent.id, Consent.recorded_at).where(Consent.consent_round_id == consent_round.id)
    ):
        if at < as_of:
            days[consent_id] = at
    households = _households(session, consent_round.id)
    then = {
        entry_id: known
        for entry_id, records in records_of_round(session, consent_round.id).items()
        if entry_id in households and (known := tuple(r for r in records if r.id in days))
    }
    rooms: dict[int, list[PostedRoom]] = {}
    for entry_id, (building_id, unit, room) in households.items():
        if (first := _first_day(then.get(entry_id, ()), days)) is not None:
            rooms.setdefault(building_id, []).append(PostedRoom(unit, room, first))
    return PostedList(as_of, rooms, channels(then.values()))


def _households(session: Session, round_id: int) -> dict[int, tuple[int, str, str]]:
    rows = session.execute(
        select(RollEntry.id, Household.building_id, Household.unit, Household.room)
        .join(Household, Household.id == RollEntry.household_id)
        .where(RollEntry.consent_round_id == round_id, RollEntry.electorate == Electorate.HOUSEHOLD)
        .order_by(Household.building_id, Household.walk)
    )
    return {entry_id: (building_id, unit, room) for entry_id, building_id, unit, room in rows}


def _first_day(records: tuple[Record, ...], days: Mapping[int, datetime]) -> date | None:
    """The day of the first answer that came in time, if the household had ever given one then."""
    answered = [days[r.id] for r in records if r.answer is not None and not r.late]
    return day_in_beijing(min(answered)) if answered else None


@dataclass(frozen=True, slots=True)
class LeftOutRoom:
    """A vacant home that is left off the roll, as posted for challenge."""

    household_id: int
    estate: str
    building: str
    unit: str
    room: str
    reason: str
    posted_at: datetime


def left_out_rooms(session: Session, round_id: int) -> Sequence[LeftOutRoom]:
    """The list of vacant homes, in walking order."""
    rows = session.execute(
        select(
            Household.id,
            Estate.name,
            Building.name,
            Household.unit,
            Household.room,
            RollLeftOut.reason,
            RollLeftOut.posted_at,
        )
        .select_from(RollLeftOut)
        .join(Household, Household.id == RollLeftOut.household_id)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .where(RollLeftOut.consent_round_id == round_id)
        .order_by(Estate.name, Building.name, Household.walk)
    )
    return [LeftOutRoom(*row) for row in rows]
