"""What the sheets of a round list: doors by unit, visits at doors, forms that went out and came back.

None of it tells how a household answered (DESIGN §4, rule 11).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import Building, ConsentRound, Household, RollEntry, Visit

LARGEST_LIST = 2000


@dataclass(frozen=True, slots=True)
class Unit:
    """The doors of one stairwell that are on the roll, in walking order."""

    building: Building
    name: str
    homes: Sequence[Household]


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One attempt at one door, and which one it was since the round opened."""

    visit: Visit
    home: Household
    nth: int


def units(session: Session, round_id: int, building_id: int) -> list[Unit]:
    """The stairwells of one building."""
    homes = session.scalars(
        select(Household)
        .join(RollEntry, RollEntry.household_id == Household.id)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(
            RollEntry.consent_round_id == round_id,
            RollEntry.electorate == Electorate.HOUSEHOLD,
            RollEntry.building_id == building_id,
        )
        .order_by(Household.walk, Household.id)
    ).all()
    return [
        Unit(homes[0].building, name, list(some)) for name, some in groupby(homes, lambda home: home.unit)
    ]


def visits(session: Session, consent_round: ConsentRound, building_id: int | None = None) -> list[VisitLine]:
    """Visits at the doors on the roll since the round opened, the first one first."""
    if consent_round.opened_at is None:
        return []
    statement = (
        select(Visit, Household)
        .join(Household, Household.id == Visit.household_id)
        .join(RollEntry, RollEntry.household_id == Household.id)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(
            RollEntry.consent_round_id == consent_round.id,
            RollEntry.electorate == Electorate.HOUSEHOLD,
            Visit.at_door >= consent_round.opened_at,
        )
        .order_by(Visit.at_door, Visit.id)
        .limit(LARGEST_LIST)
    )
    if consent_round.closed_at is not None:
        statement = statement.where(Visit.at_door <= consent_round.closed_at)
    if building_id is not None:
        statement = statement.where(Household.building_id == building_id)
    times: dict[int, int] = defaultdict(int)
    found = []
    for visit, home in session.execute(statement):
        times[home.id] += 1
        found.append(VisitLine(visit, home, times[home.id]))
    return found


def running(session: Session, community_id: int) -> Sequence[ConsentRound]:
    """The rounds of a community whose papers may lie on one sheet: those that are prepared or open."""
    return session.scalars(
        select(ConsentRound)
        .where(
            ConsentRound.community_id == community_id,
            ConsentRound.status.in_((RoundStatus.PREPARED, RoundStatus.OPEN)),
        )
        .order_by(ConsentRound.id)
    ).all()
