"""Counted anew from the consents: the figures of a sheet, homes that were asked, numbers by building."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from deliberate.domain import rules as decision
from deliberate.domain.count import Forms, Group, figures, groups_to_show
from deliberate.domain.rules import Electorate
from deliberate.domain.tally import Tally
from deliberate.models import Building, Consent, ConsentRound, Estate, RollEntry, Visit

from . import standings
from .standings import Counted


@dataclass(frozen=True, slots=True)
class InBuilding:
    """Households of one building, or of several small ones together (no name)."""

    name: str | None
    tally: Tally


def recounted(consent_round: ConsentRound, counted: Counted, forms: Forms, asked: int) -> dict[str, Any]:
    """The figures as the consents give them now; NotWhole when the roll is not whole."""
    entries = {electorate: tally.roll.one for electorate, tally in counted.tallies.items()}
    entries[Electorate.HOUSEHOLD] = consent_round.roll_size
    return figures(
        counted.tallies,
        decision.from_data(consent_round.rules),
        entries,
        counted.channels,
        forms,
        asked=asked,
    )


def asked(session: Session, consent_round: ConsentRound, counted: Counted) -> int:
    """Households of the roll that were visited since opening, or of which anything was recorded (入户率)."""
    recorded = select(Consent.id).where(
        Consent.consent_round_id == consent_round.id, Consent.roll_entry_id == RollEntry.id
    )
    visited = session.scalars(
        select(func.count(distinct(Visit.household_id)))
        .join(RollEntry, RollEntry.household_id == Visit.household_id)
        .where(
            Visit.community_id == consent_round.community_id,
            Visit.at_door >= consent_round.opened_at,
            RollEntry.consent_round_id == consent_round.id,
            RollEntry.electorate == Electorate.HOUSEHOLD,
            ~recorded.exists(),
        )
    ).one()
    return counted.recorded + visited


def by_building(session: Session, round_id: int) -> Sequence[InBuilding]:
    """Households by building, for groups that betray no home (rule 11). For closed rounds only."""
    return _named(session, groups_to_show(standings.by_building(session, round_id)))


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
