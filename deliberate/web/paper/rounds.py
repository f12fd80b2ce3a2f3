"""The sheets of a round: signature sheets by unit, walk lists, visit logs, proxies, the register of forms."""

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from deliberate.domain import serial
from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import crews, doors, papers_of_round, places, progress, round_desk, rounds
from deliberate.queries.rounds import RoundView

from ..access import allow, current_actor
from ..printing import WISH, choices, sheet, wanted
from ..results import about_round
from ..store import now, reader
from .blueprint import bp

ROWS_A_PAGE = {False: 9, True: 7}
"""Rows to sign on a page in one language and in two; those that no door needs are struck out."""
EMPTY_ROWS = 12
"""Rows to fill in by hand, beneath what is already known."""


def the_round(round_id: int) -> RoundView:
    """The round of the address as anyone may see it."""
    return rounds.view(reader(), g.community.id, round_id, now=now())


def _common(round_id: int) -> dict[str, object]:
    return {
        "shown": the_round(round_id),
        "places": places.of(reader(), g.community.id),
        "back_url": url_for(".round", round_id=round_id),
    }


def _building(round_id: int) -> int | None:
    """The building of the address, if it is asked in this round."""
    wish = request.args.get("building", type=int)
    return wish if wish in _buildings(round_id) else None


def _buildings(round_id: int) -> list[int]:
    return [one.building_id for one in progress.by_building(reader(), round_id, limit=None)]


@bp.get("/rounds/<int:round_id>", endpoint="round")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def every_sheet(round_id: int) -> ResponseReturnValue:
    """Every sheet of the round, in each language."""
    shown = the_round(round_id)
    return render_template(
        "paper/round.html",
        shown=shown,
        buildings=progress.by_building(reader(), round_id, limit=None),
        crews=round_desk.crews(reader(), round_id),
        issues=[event for event in round_desk.form_events(reader(), round_id) if event.issue_id],
        others=_other_rounds(round_id),
        printed=serial.printed,
        tongue_choices=choices(),
    )


def _other_rounds(round_id: int) -> list[RoundView]:
    running = papers_of_round.running(reader(), g.community.id)
    return [the_round(one.id) for one in running if one.id != round_id]


@bp.get("/rounds/<int:round_id>/signatures")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def signatures(round_id: int) -> ResponseReturnValue:
    """The signature sheets of one building (the first, when none is named), a unit a sheet."""
    building = _building(round_id) or next(iter(_buildings(round_id)), None)
    if building is None:
        raise NotFound()
    found = papers_of_round.units(reader(), round_id, building)
    rows = ROWS_A_PAGE[wanted(request.args.get(WISH)).second is not None]
    return sheet(
        "print/signature_sheet.html",
        f"signatures-{round_id}-{building}",
        units=[(unit, -len(unit.homes) % rows) for unit in found],
        with_answers=request.args.get("answers") == "1",
        **_common(round_id),
    )


@bp.get("/rounds/<int:round_id>/walk/<int:crew_id>")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def walk(round_id: int, crew_id: int) -> ResponseReturnValue:
    """The doors of a crew in walking order, with their visits; that they answered, never how."""
    crew = round_desk.crew(reader(), round_id, crew_id)
    if crew is None:
        raise NotFound()
    serving, building = crews.of_crew(reader(), crew.id), _building(round_id)
    if building is None:
        found = doors.lines(reader(), serving, g.community.id, current_actor())
    else:
        found = doors.in_building(reader(), serving, building, g.community.id, current_actor())
    return sheet(
        "print/walk_list.html",
        f"walk-{round_id}-{crew_id}",
        serving=serving,
        companions=crews.companions(reader(), serving),
        doors=found,
        back_url=url_for(".round", round_id=round_id),
    )


@bp.get("/rounds/<int:round_id>/visits")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def visits(round_id: int) -> ResponseReturnValue:
    """The log of visits so far, with rows for those of the next evening."""
    common = _common(round_id)
    return sheet(
        "print/visit_log.html",
        f"visits-{round_id}",
        visits=papers_of_round.visits(reader(), the_round(round_id).round, _building(round_id)),
        empty_rows=EMPTY_ROWS,
        **common,
    )


@bp.get("/rounds/<int:round_id>/proxy")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def proxy(round_id: int) -> ResponseReturnValue:
    """A written authority that states the answer."""
    return sheet("print/proxy.html", f"proxy-{round_id}", **_common(round_id))


@bp.get("/rounds/<int:round_id>/register")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def register(round_id: int) -> ResponseReturnValue:
    """Forms that went out and came back, with rows to sign for."""
    return sheet(
        "print/form_register.html",
        f"register-{round_id}",
        events=sorted(round_desk.form_events(reader(), round_id), key=lambda event: event.at),
        empty_rows=EMPTY_ROWS,
        printed=serial.printed,
        **_common(round_id),
    )


@bp.get("/rounds/<int:round_id>/count")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def count(round_id: int) -> ResponseReturnValue:
    """An empty count sheet for counting paper by hand, with places for caller, teller and scrutineer."""
    return sheet("print/hand_count.html", f"count-{round_id}", **_common(round_id))
