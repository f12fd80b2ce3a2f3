"""Homes that a roll no longer has: marked as gone, or moved to a grid outside the scope, and why.

Whoever takes homes off the roll lowers the number of consents that are needed. So both who certify see these homes,
and the invitation prints them: since the last round that told them, or ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Role
from deliberate.models import (
    Account,
    Building,
    ConsentRound,
    Estate,
    Grid,
    Household,
    HouseholdChange,
    RollCertificate,
    RollEntry,
    RollLeftOut,
)

from .scope import in_scope, within


@dataclass(frozen=True, slots=True)
class LostHome:
    """A home that is not on the roll, and the change that took it off."""

    household_id: int
    estate: str
    building: str
    unit: str
    room: str
    gone: bool
    """Marked as gone; else moved to another grid."""
    reason: str
    at: datetime
    by: str | None

    @property
    def address(self) -> str:
        """The dwelling as its neighbours call it."""
        return "-".join(part for part in (self.estate, self.building, self.unit, self.room) if part)


def of_round(session: Session, consent_round: ConsentRound) -> list[LostHome]:
    """The homes that this roll has lost, in walking order, each with its newest change."""
    drawn_up_at = _certified_at(session, consent_round.id)
    change = HouseholdChange
    asked = [
        change.community_id == consent_round.community_id,
        Household.id.not_in(_accounted(consent_round)),
        _took_off(session, consent_round),
    ]
    if drawn_up_at is not None:
        asked.append(change.at <= drawn_up_at)
    newest = (
        select(func.max(change.id))
        .join(Household, Household.id == change.household_id)
        .where(*asked)
        .group_by(change.household_id)
    )
    rows = session.execute(
        select(
            Household.id,
            Estate.name,
            Building.name,
            Household.unit,
            Household.room,
            func.coalesce(change.after["gone"].as_boolean(), false()),
            change.reason,
            change.at,
            Account.display_name,
        )
        .join(Household, Household.id == change.household_id)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .outerjoin(Account, Account.id == change.by_id)
        .where(change.id.in_(newest))
        .order_by(Household.walk, Household.id)
    )
    return [LostHome(*list[Any](row)) for row in rows]


def moved_out(session: Session, scope: Mapping[str, Any]) -> ColumnElement[bool]:
    """A condition on changes: they moved a home out of a grid of the scope."""
    if scope.get("kind") != "grids":
        return false()
    ids = list(scope.get("ids", ()))
    names = session.scalars(select(Grid.name).where(Grid.id.in_(ids))).all()
    moved: ColumnElement[bool] = HouseholdChange.before["grid"].as_string().in_(names)
    return moved


def _took_off(session: Session, consent_round: ConsentRound) -> ColumnElement[bool]:
    """Changes since these homes were last told that mark a home of the scope as gone, or move one out of it."""
    changed, moved = HouseholdChange.at, moved_out(session, consent_round.scope)
    gone = and_(HouseholdChange.after["gone"].as_boolean().is_(True), within(consent_round.scope))
    whole, same = _last_told(session, consent_round)
    if whole is not None:
        gone = and_(gone, changed >= whole)
    return or_(gone, moved if same is None else and_(moved, changed >= same))


def _last_told(session: Session, consent_round: ConsentRound) -> tuple[datetime | None, datetime | None]:
    """When the roll of the last round that opened was drawn up: of one that covers this scope, and of the same."""
    rows = session.execute(
        select(ConsentRound.scope, RollCertificate.at)
        .join(RollCertificate, RollCertificate.consent_round_id == ConsentRound.id)
        .where(
            ConsentRound.community_id == consent_round.community_id,
            ConsentRound.id != consent_round.id,
            ConsentRound.opened_at.is_not(None),
            RollCertificate.role == Role.REGISTRAR,
        )
        .order_by(RollCertificate.at.desc())
    ).all()
    mine = _plain(consent_round.scope)
    same = [at for scope, at in rows if _plain(scope) == mine]
    whole = [at for scope, at in rows if _plain(scope) in (mine, ("community", []))]
    return next(iter(whole), None), next(iter(same), None)


def _plain(scope: dict[str, Any]) -> tuple[object, list[object]]:
    return scope.get("kind", "community"), sorted(scope.get("ids", ()))


def _accounted(consent_round: ConsentRound) -> Select[int]:
    """Homes on the roll, as drawn up or as it would be now, or on the posted list of vacant ones."""
    listed = select(RollLeftOut.household_id).where(RollLeftOut.consent_round_id == consent_round.id)
    drawn_up = select(RollEntry.household_id).where(RollEntry.consent_round_id == consent_round.id)
    if consent_round.roll_sha256 is not None:
        return select(Household.id).where(or_(Household.id.in_(listed), Household.id.in_(drawn_up)))
    return select(Household.id).where(in_scope(consent_round.community_id, consent_round.scope))


def _certified_at(session: Session, round_id: int) -> datetime | None:
    return session.scalar(
        select(RollCertificate.at).where(
            RollCertificate.consent_round_id == round_id, RollCertificate.role == Role.REGISTRAR
        )
    )
