"""Counted anew from the consents: the figures of a sheet, homes that were asked, numbers by building."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import distinct, func, select, union
from sqlalchemy.orm import Session

from deliberate.domain import rules as decision
from deliberate.domain.consent import Standing, standing
from deliberate.domain.count import Forms, Group, figures, groups_to_show
from deliberate.domain.rules import Electorate
from deliberate.domain.tally import Tally, count
from deliberate.models import (
    Building,
    Consent,
    ConsentRound,
    EntryStanding,
    Estate,
    RollEntry,
    Visit,
)

from . import tallies


@dataclass(frozen=True, slots=True)
class InBuilding:
    """Households of one building, or of several small ones together (no name)."""

    name: str | None
    tally: Tally


def recounted(session: Session, consent_round: ConsentRound, forms: Forms, asked: int) -> dict[str, Any]:
    """The figures as the consents give them now; NotWhole when the roll is not whole."""
    records = tallies.records_of_round(session, consent_round.id)
    places: dict[Electorate, list[tuple[Standing, int]]] = defaultdict(list)
    of_households = []
    for entry_id, electorate, area in _roll(session, consent_round.id):
        places[electorate].append((standing(records.get(entry_id, ())), area))
        if electorate is Electorate.HOUSEHOLD:
            of_households.append(records.get(entry_id, ()))
    entries = {electorate: len(some) for electorate, some in places.items()}
    entries[Electorate.HOUSEHOLD] = consent_round.roll_size
    return figures(
        {electorate: count(some) for electorate, some in places.items()},
        decision.from_data(consent_round.rules),
        entries,
        tallies.channels(of_households),
        forms,
        asked=asked,
    )


def _roll(session: Session, round_id: int) -> Sequence[tuple[int, Electorate, int]]:
    rows = session.execute(
        select(RollEntry.id, RollEntry.electorate, RollEntry.area)
        .where(RollEntry.consent_round_id == round_id)
        .order_by(RollEntry.id)
    )
    return [(entry_id, electorate, area) for entry_id, electorate, area in rows]


def differing(session: Session, round_id: int) -> int:
    """Entries whose kept standing is not what their records say; nought, or something is broken."""
    records = tallies.records_of_round(session, round_id)
    of_round = select(EntryStanding.roll_entry_id, EntryStanding.standing).where(
        EntryStanding.consent_round_id == round_id
    )
    kept: dict[int, Standing] = dict(iter(session.execute(of_round)))
    return sum(
        kept.get(entry_id, Standing.SILENT) is not standing(records.get(entry_id, ()))
        for entry_id, _electorate, _area in _roll(session, round_id)
    )


def asked(session: Session, consent_round: ConsentRound) -> int:
    """Households of the roll that were visited since opening, or of which anything was recorded (入户率)."""
    homes = select(RollEntry.household_id).where(
        RollEntry.consent_round_id == consent_round.id, RollEntry.electorate == Electorate.HOUSEHOLD
    )
    visited = select(Visit.household_id).where(
        Visit.household_id.in_(homes), Visit.at_door >= consent_round.opened_at
    )
    recorded = (
        select(RollEntry.household_id)
        .join(Consent, Consent.roll_entry_id == RollEntry.id)
        .where(RollEntry.consent_round_id == consent_round.id, RollEntry.electorate == Electorate.HOUSEHOLD)
    )
    reached = union(visited, recorded).subquery()
    return session.scalars(select(func.count(distinct(reached.c.household_id)))).one()


def by_building(session: Session, round_id: int) -> Sequence[InBuilding]:
    """Households by building, for groups of ten or more (rule 11). For closed rounds only."""
    records = tallies.records_of_round(session, round_id)
    places: dict[int, list[tuple[Standing, int]]] = defaultdict(list)
    rows = session.execute(
        select(RollEntry.id, RollEntry.building_id, RollEntry.area).where(
            RollEntry.consent_round_id == round_id, RollEntry.electorate == Electorate.HOUSEHOLD
        )
    )
    for entry_id, building_id, area in rows:
        places[building_id].append((standing(records.get(entry_id, ())), area))
    groups = groups_to_show({place: count(some) for place, some in places.items()})
    return _named(session, groups)


def _named(session: Session, groups: Sequence[Group]) -> Sequence[InBuilding]:
    names = {
        building_id: f"{estate} {name}".strip()
        for building_id, estate, name in session.execute(
            select(Building.id, Estate.name, Building.name)
            .join(Estate, Estate.id == Building.estate_id)
            .where(Building.id.in_([group.place for group in groups if group.place is not None]))
        )
    }
    return [InBuilding(names.get(group.place) if group.place else None, group.tally) for group in groups]
