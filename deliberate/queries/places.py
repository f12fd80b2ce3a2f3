"""Places of a community: its grids, estates and buildings, by name and by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.roll_text import natural
from deliberate.domain.scope import Scope, ScopeKind
from deliberate.models import Building, Estate, Grid


@dataclass(frozen=True, slots=True)
class Place:
    """A grid, an estate or a building; `within` is the estate of a building."""

    id: int
    name: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """All places of a community, in the order in which people count them."""

    by_kind: Mapping[ScopeKind, Sequence[Place]] = field(default_factory=dict)

    def named(self, scope: Scope) -> list[Place]:
        """The places of a scope; those that no longer exist are passed over."""
        wanted = set(scope.ids)
        return [place for place in self.by_kind.get(scope.kind, ()) if place.id in wanted]

    def named_in(self, data: Mapping[str, Any]) -> list[Place]:
        """The places of a scope as it is stored."""
        return self.named(Scope.from_data(data))


def of(session: Session, community_id: int) -> Places:
    """Every grid, estate and building: three queries."""
    grids = session.execute(select(Grid.id, Grid.name).where(Grid.community_id == community_id)).all()
    estates = session.execute(select(Estate.id, Estate.name).where(Estate.community_id == community_id)).all()
    buildings = session.execute(
        select(Building.id, Building.name, Estate.name)
        .join(Estate, Estate.id == Building.estate_id)
        .where(Building.community_id == community_id)
    ).all()
    return Places(
        {
            ScopeKind.GRIDS: _ordered([Place(number, name) for number, name in grids]),
            ScopeKind.ESTATES: _ordered([Place(number, name) for number, name in estates]),
            ScopeKind.BUILDINGS: _ordered(
                [Place(number, name, estate) for number, name, estate in buildings]
            ),
        }
    )


def ids(session: Session, community_id: int, kind: ScopeKind) -> set[int]:
    """The ids of all places of a kind; the whole community has none."""
    if kind is ScopeKind.COMMUNITY:
        return set()
    tables: dict[ScopeKind, type[Grid | Estate | Building]] = {
        ScopeKind.GRIDS: Grid,
        ScopeKind.ESTATES: Estate,
        ScopeKind.BUILDINGS: Building,
    }
    table = tables[kind]
    return set(session.scalars(select(table.id).where(table.community_id == community_id)))


def _ordered(places: list[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (natural(place.within), natural(place.name)))
