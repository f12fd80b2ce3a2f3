"""The map of doors: which have answered, which were visited, which are untouched; never how."""

from typing import Any

from flask import g, render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.canvass import Answered
from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.round import VisitOutcome
from deliberate.queries import door_map as queries
from deliberate.queries import households
from deliberate.queries.door_map import MapDoor

from .. import tables
from ..access import allow
from ..building_plan import units_of
from ..store import reader
from .blueprint import bp
from .tables import door_table


def about_building(building_id: int) -> Subject:
    """A building of this community."""
    if households.building(reader(), g.community.id, building_id) is None:
        raise NotFound()
    return Subject(g.community.id)


@bp.get("/doors", endpoint="door_map")
@allow(Action.RUN_ROUND)
def every_building() -> ResponseReturnValue:
    """Each building with its doors in three lots."""
    lines = queries.buildings(queries.doors(reader(), g.community.id))
    return tables.page("moderator/door_map.html", register=door_table(lines))


@bp.get("/doors/<int:building_id>")
@allow(Action.RUN_ROUND, about=about_building)
def building_doors(building_id: int) -> ResponseReturnValue:
    """One building, as it stands."""
    found = queries.doors(reader(), g.community.id, building_id)
    return render_template(
        "moderator/building_doors.html",
        building=households.building(reader(), g.community.id, building_id),
        units=units_of(found, _cell),
        lines=queries.buildings(found),
    )


def _cell(door: MapDoor) -> dict[str, Any]:
    return {"room": door.room, "state": _state(door)}


def _state(door: MapDoor) -> str:
    """As the components name it."""
    if door.answered is Answered.ALL:
        return "answered"
    if door.last is not None and door.last is not VisitOutcome.ANSWERED:
        return str(door.last)
    return "some" if door.answered is Answered.SOME else "none"
