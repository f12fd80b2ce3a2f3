"""The roll of a round before it is certified: what is on it, left off, changed since the import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain import rules as decision
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.roll_text import natural
from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import (
    Building,
    ConsentRound,
    Estate,
    Grid,
    Household,
    HouseholdChange,
    Proposal,
    RollEntry,
    RollImport,
    RollLeftOut,
)

from . import roll_losses, rolls
from .scope import in_scope, within


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """Homes of one building in one grid."""

    grid: str
    estate: str
    building: str
    homes: int
    vacant: int
    without_area: int


@dataclass(frozen=True, slots=True)
class RollPreview:
    """The roll as it is, or would be when it is drawn up now."""

    places: Sequence[PlaceCount]
    without_area: int
    """Homes whose area is not on the list; of all homes of the scope where a rule asks owners."""
    left_out: int
    imported_at: datetime | None
    corrections: int
    """Corrections of homes in the scope since the last import, also of those that left it or are gone."""
    owners: int | None
    """Owners on the roll once it is drawn up."""

    @property
    def homes(self) -> int:
        """Households that the roll would have."""
        return sum(place.homes for place in self.places)

    @property
    def by_grid(self) -> dict[str, int]:
        """Households by grid."""
        totals: dict[str, int] = {}
        for place in self.places:
            totals[place.grid] = totals.get(place.grid, 0) + place.homes
        return totals


def rounds_to_certify(session: Session, community_id: int) -> list[tuple[ConsentRound, Proposal]]:
    """Rounds that are prepared, newest first."""
    rows = session.execute(
        select(ConsentRound, Proposal)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .where(ConsentRound.community_id == community_id, ConsentRound.status == RoundStatus.PREPARED)
        .order_by(ConsentRound.id.desc())
    )
    return [(consent_round, matter) for consent_round, matter in rows]


def state(session: Session, consent_round: ConsentRound) -> str:
    """Changes whenever the roll that would be drawn up does; drawn up, it is the roll's own fingerprint."""
    if consent_round.roll_sha256 is not None:
        return consent_round.roll_sha256
    left_out = session.scalars(
        select(RollLeftOut.household_id)
        .where(RollLeftOut.consent_round_id == consent_round.id)
        .order_by(RollLeftOut.household_id)
    )
    listed = sha256(" ".join(map(str, left_out)).encode()).hexdigest()[:16]
    return f"{rolls.state(session, consent_round.community_id)}-{listed}"


def _on_roll(consent_round: ConsentRound) -> ColumnElement[bool]:
    """Homes on the roll: as drawn up, else as the scope and the list of vacant homes have it now."""
    if consent_round.roll_sha256 is not None:
        drawn = select(RollEntry.household_id).where(RollEntry.consent_round_id == consent_round.id)
        return Household.id.in_(drawn)
    left_out = select(RollLeftOut.household_id).where(RollLeftOut.consent_round_id == consent_round.id)
    return in_scope(consent_round.community_id, consent_round.scope) & Household.id.not_in(left_out)


def preview(session: Session, consent_round: ConsentRound) -> RollPreview:
    """The roll by grid and building, with what a certifier should look at."""
    vacant = func.sum(case((Household.occupancy == Occupancy.VACANT, 1), else_=0))
    rows = session.execute(
        select(
            Grid.name,
            Estate.name,
            Building.name,
            func.count(Household.id),
            vacant,
            func.sum(case((Household.area.is_(None), 1), else_=0)),
        )
        .select_from(Household)
        .join(Grid, Grid.id == Household.grid_id)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .where(_on_roll(consent_round))
        .group_by(Grid.name, Estate.name, Building.name)
    )
    places = [PlaceCount(g, e, b, homes, int(v), int(a)) for g, e, b, homes, v, a in rows]
    places.sort(key=lambda p: (natural(p.grid), natural(p.estate), natural(p.building)))
    imported = _last_import(session, consent_round.community_id)
    return RollPreview(
        places,
        _without_area(session, consent_round, places),
        session.scalars(
            select(func.count(RollLeftOut.id)).where(RollLeftOut.consent_round_id == consent_round.id)
        ).one(),
        imported,
        _corrections(session, consent_round, imported),
        _owners(session, consent_round) if consent_round.roll_sha256 else None,
    )


def _without_area(session: Session, consent_round: ConsentRound, places: Sequence[PlaceCount]) -> int:
    if all(rule.unit is not Electorate.OWNER for rule in decision.from_data(consent_round.rules)):
        return sum(place.without_area for place in places)
    every = in_scope(consent_round.community_id, consent_round.scope)
    return session.scalars(select(func.count(Household.id)).where(every, Household.area.is_(None))).one()


def _last_import(session: Session, community_id: int) -> datetime | None:
    return session.scalar(
        select(RollImport.at)
        .where(RollImport.community_id == community_id)
        .order_by(RollImport.id.desc())
        .limit(1)
    )


def _corrections(session: Session, consent_round: ConsentRound, since: datetime | None) -> int:
    query = (
        select(func.count(HouseholdChange.id))
        .join(Household, Household.id == HouseholdChange.household_id)
        .where(
            HouseholdChange.community_id == consent_round.community_id,
            HouseholdChange.roll_import_id.is_(None),
            or_(within(consent_round.scope), roll_losses.moved_out(session, consent_round.scope)),
        )
    )
    return session.scalars(query.where(HouseholdChange.at >= since) if since else query).one()


def _owners(session: Session, consent_round: ConsentRound) -> int | None:
    number = session.scalars(
        select(func.count(RollEntry.id)).where(
            RollEntry.consent_round_id == consent_round.id, RollEntry.electorate == Electorate.OWNER
        )
    ).one()
    return number or None


def vacant_homes(session: Session, consent_round: ConsentRound) -> Sequence[Household]:
    """Homes in the scope that the roll calls vacant and that are still on it, in walking order."""
    return session.scalars(
        select(Household)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(_on_roll(consent_round), Household.occupancy == Occupancy.VACANT)
        .order_by(Household.building_id, Household.walk)
        .limit(500)
    ).all()
