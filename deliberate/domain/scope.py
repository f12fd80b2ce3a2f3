"""Whom a matter concerns: the whole community, or some of its grids, estates or buildings; plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .errors import N_, BadInput


class ScopeKind(StrEnum):
    """By what a part of the community is named."""

    COMMUNITY = "community"
    GRIDS = "grids"
    ESTATES = "estates"
    BUILDINGS = "buildings"


def _refused(why: str) -> BadInput:
    return BadInput(
        what=N_("涉及范围没有保存。"),
        why=why,
        next_step=N_("请选全社区，或者选网格、小区、楼栋中的一种，再勾选至少一处。"),
        field="scope",
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """A kind and the ids of its places, sorted and each once; the whole community names none."""

    kind: ScopeKind = ScopeKind.COMMUNITY
    ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.kind is ScopeKind.COMMUNITY and self.ids:
            raise _refused(N_("选了全社区，就不用再选其中一部分。"))
        if self.kind is not ScopeKind.COMMUNITY and not self.ids:
            raise _refused(N_("还没有选是哪些网格、小区或楼栋。"))
        if any(type(place) is not int or place <= 0 for place in self.ids):
            raise _refused(N_("选的地方认不出来。"))
        object.__setattr__(self, "ids", tuple(sorted(set(self.ids))))

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Scope":
        """From stored or sent data; BadInput when it is no scope. Nothing at all is the whole community."""
        ids = data.get("ids", [])
        if not isinstance(ids, list | tuple):
            raise _refused(N_("选的地方认不出来。"))
        try:
            kind = ScopeKind(data.get("kind", ScopeKind.COMMUNITY))
        except ValueError as unknown:
            raise _refused(N_("选的地方认不出来。")) from unknown
        return cls(kind, tuple(ids))

    def to_data(self) -> dict[str, Any]:
        """As stored, and as hashed with a plan."""
        return {"kind": self.kind.value, "ids": list(self.ids)}


WHOLE = Scope()
"""The whole community."""


def check_known(scope: Scope, known: set[int]) -> None:
    """Refuse a scope that names a place which is not among the `known` of its kind."""
    if set(scope.ids) - known:
        raise _refused(N_("选的地方不在本社区的户册里。"))
