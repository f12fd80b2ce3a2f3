"""Grids, estates and buildings as people name them: 第1网格, 3号楼."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from deliberate.domain.scope import ScopeKind
from deliberate.queries.places import Place, Places


def place_label(place: Place, kind: ScopeKind) -> str:
    """A place where it is chosen; a building with its estate."""
    bare = place.name[:1].isascii() and place.name != ""
    if kind is ScopeKind.GRIDS and bare:
        return str(_("第%(name)s网格", name=place.name))
    if kind is ScopeKind.BUILDINGS and bare:
        return f"{place.within} {_('%(name)s号楼', name=place.name)}".strip()
    return f"{place.within} {place.name}".strip() or str(_("没有名称的院落"))


def offered(places: Places, kind: ScopeKind) -> list[tuple[int, str]]:
    """The places of a kind as choices."""
    return [(place.id, place_label(place, kind)) for place in places.by_kind.get(kind, ())]


def scope_words(scope: Mapping[str, Any], places: Places) -> str:
    """Where something applies, in one line of a notice."""
    kind = ScopeKind(scope.get("kind", ScopeKind.COMMUNITY))
    if kind is ScopeKind.COMMUNITY:
        return str(_("全社区"))
    return str(_("、")).join(_posted(place, kind) for place in places.named_in(scope))


def _posted(place: Place, kind: ScopeKind) -> str:
    """On the board a grid that has no number keeps its bare name."""
    if kind is ScopeKind.GRIDS and not place.name[:1].isdecimal():
        return place.name or str(_("没有名称的院落"))
    return place_label(place, kind)
