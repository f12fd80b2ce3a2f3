"""Which households a scope names: a community, or some of its grids, estates or buildings."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, select, true

from deliberate.models import Building, Household


def within(scope: Mapping[str, Any]) -> ColumnElement[bool]:
    """A condition on households. Scope: `{"kind": community|grids|estates|buildings, "ids": [...]}`."""
    kind, ids = scope.get("kind", "community"), list(scope.get("ids", ()))
    if kind == "grids":
        return Household.grid_id.in_(ids)
    if kind == "buildings":
        return Household.building_id.in_(ids)
    if kind == "estates":
        return Household.building_id.in_(select(Building.id).where(Building.estate_id.in_(ids)))
    return true()


def in_scope(community_id: int, scope: Mapping[str, Any]) -> ColumnElement[bool]:
    """Households of the community within the scope that still exist."""
    return and_(Household.community_id == community_id, Household.gone_at.is_(None), within(scope))
