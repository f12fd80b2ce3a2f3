"""A building as the map component draws it: units side by side, floors from the top, one column a door."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from deliberate.domain.roll_text import natural
from deliberate.queries.doors import DoorLine

from .walk import state_of


def units_of(lines: Sequence[DoorLine]) -> list[dict[str, Any]]:
    """Units in walking order; doors stand under each other by the end of their number."""
    by_unit: defaultdict[str, list[DoorLine]] = defaultdict(list)
    for line in lines:
        by_unit[line.unit].append(line)
    return [_unit(name, doors) for name, doors in by_unit.items()]


def _unit(name: str, doors: Sequence[DoorLine]) -> dict[str, Any]:
    columns = sorted({_column(door) for door in doors}, key=natural)
    floors = sorted({door.floor for door in doors}, key=lambda floor: -1000 if floor is None else floor)
    label = _("%(n)s单元", n=name) if name.isdecimal() else name
    return {"label": label, "floors": [_floor(floor, columns, doors) for floor in reversed(floors)]}


def _floor(floor: int | None, columns: Sequence[str], doors: Sequence[DoorLine]) -> dict[str, Any]:
    here: dict[str, DoorLine] = {_column(door): door for door in doors if door.floor == floor}
    label = "" if floor is None else _("%(n)s层", n=floor)
    return {"label": label, "doors": [_cell(here.get(column)) for column in columns]}


def _cell(door: DoorLine | None) -> dict[str, Any] | None:
    if door is None:
        return None
    url = url_for("canvasser.door", household_id=door.household_id)
    return {"room": door.room, "state": state_of(door), "url": url}


def _column(door: DoorLine) -> str:
    """The end of a room's number: 501 and 601 stand in one line; without a floor each has its own."""
    floor = "" if door.floor is None else str(door.floor)
    return door.room[len(floor) :] if floor and door.room.startswith(floor) else door.room
