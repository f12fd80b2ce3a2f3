"""A building as the map component draws it: units side by side, floors from the top, one column a door."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from flask_babel import gettext as _

from deliberate.domain.roll_text import natural


class Placed(Protocol):
    """A door that stands somewhere in a building."""

    @property
    def unit(self) -> str: ...

    @property
    def floor(self) -> int | None: ...

    @property
    def room(self) -> str: ...


Door = TypeVar("Door", bound=Placed)
Cell = Callable[[Door], dict[str, Any]]


def units_of(doors: Sequence[Door], cell: Cell[Door]) -> list[dict[str, Any]]:
    """Units in walking order; doors stand under each other by the end of their number. `cell` draws one."""
    by_unit: defaultdict[str, list[Door]] = defaultdict(list)
    for door in doors:
        by_unit[door.unit].append(door)
    return [_unit(name, of_unit, cell) for name, of_unit in by_unit.items()]


def _unit(name: str, doors: Sequence[Door], cell: Cell[Door]) -> dict[str, Any]:
    columns = sorted({_column(door) for door in doors}, key=natural)
    floors = sorted({door.floor for door in doors}, key=lambda floor: -1000 if floor is None else floor)
    label = _("%(n)s单元", n=name) if name.isdecimal() else name
    return {"label": label, "floors": [_floor(floor, columns, doors, cell) for floor in reversed(floors)]}


def _floor(
    floor: int | None, columns: Sequence[str], doors: Sequence[Door], cell: Cell[Door]
) -> dict[str, Any]:
    here: dict[str, Door] = {_column(door): door for door in doors if door.floor == floor}
    label = "" if floor is None else _("%(n)s层", n=floor)
    cells = [cell(here[column]) if column in here else None for column in columns]
    return {"label": label, "doors": cells}


def _column(door: Placed) -> str:
    """The end of a room's number: 501 and 601 stand in one line; without a floor each has its own."""
    floor = "" if door.floor is None else str(door.floor)
    return door.room[len(floor) :] if floor and door.room.startswith(floor) else door.room
