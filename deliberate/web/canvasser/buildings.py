"""The walk: buildings, the doors of one building, and looking for a door."""

from typing import Any

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action
from deliberate.queries import crews, doors, walks
from deliberate.queries.crews import Serving
from deliberate.queries.doors import DoorLine

from ..access import allow, current_actor
from ..building_plan import units_of
from ..printing import sheet
from ..store import reader
from .blueprint import bp
from .walk import NotMyDoor, serving, state_of


def chosen_filter() -> walks.Only | None:
    """The filter of the address; an unknown word is none."""
    word = request.values.get("only", "")
    return walks.Only(word) if word in set(walks.Only) else None


@bp.get("/buildings")
@allow(Action.CANVASS)
def buildings() -> ResponseReturnValue:
    """The buildings of my walk, with doors done of all."""
    found = doors.buildings(reader(), serving(), g.community.id)
    return render_template("canvasser/buildings.html", buildings=found, serving=serving())


@bp.get("/buildings/<int:building_id>")
@allow(Action.CANVASS)
def building(building_id: int) -> ResponseReturnValue:
    """The doors of one building in walking order."""
    every = doors.in_building(reader(), serving(), building_id, g.community.id, current_actor())
    if not every:
        raise NotMyDoor()
    only = chosen_filter()
    return render_template(
        "canvasser/building.html",
        doors=[door for door in every if walks.keeps(only, door)],
        every=every,
        only=only,
        units=units_of(every, _cell),
        state_of=state_of,
    )


@bp.get("/list")
@allow(Action.CANVASS)
def walk_list() -> ResponseReturnValue:
    """My walk, or one building of it, on paper: that a door answered, never how."""
    mine = [one for one in serving() if one.running]
    wish = request.args.get("building", type=int)
    return sheet(
        "print/walk_list.html",
        "walk",
        serving=mine,
        companions=crews.companions(reader(), mine),
        doors=_in(wish, mine) if wish else doors.lines(reader(), mine, g.community.id, current_actor()),
        back_url=url_for(".home") if wish is None else url_for(".building", building_id=wish),
    )


def _in(building_id: int, mine: list[Serving]) -> list[DoorLine]:
    found = doors.in_building(reader(), mine, building_id, g.community.id, current_actor())
    if not found:
        raise NotMyDoor()
    return found


def _cell(door: DoorLine) -> dict[str, Any]:
    url = url_for("canvasser.door", household_id=door.household_id)
    return {"room": door.room, "state": state_of(door), "url": url}


@bp.route("/search", methods=["GET", "POST"])
@allow(Action.CANVASS)
def search() -> ResponseReturnValue:
    """Doors of my walk by room or name. By POST, so that no name gets into an address or a log."""
    return render_template("canvasser/search.html", **looked_for(everywhere=False))


def looked_for(*, everywhere: bool) -> dict[str, object]:
    """What was typed, and the doors that it finds."""
    typed, only = request.form.get("q", "").strip()[:120], chosen_filter()
    place = (reader(), serving(), g.community.id, current_actor())
    found = walks.search(*place, typed, everywhere=everywhere) if typed else []
    return {
        "typed": typed,
        "only": only,
        "doors": [door for door in found if walks.keeps(only, door)],
        "state_of": state_of,
        "most": walks.MOST_FOUND,
    }
