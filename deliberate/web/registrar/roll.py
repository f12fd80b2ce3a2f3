"""The roll: how many households where, the list in walking order, search, the file to take away."""

from flask import g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action
from deliberate.queries import households
from deliberate.services import rolls

from ..access import allow, current_actor
from ..forms.fields import text
from ..forms.registrar import SearchForm
from ..store import now, reader
from .blueprint import bp

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/overview")
@allow(Action.READ_ROLL)
def overview() -> ResponseReturnValue:
    """Households by grid, estate and building."""
    rows = households.buildings(reader(), g.community.id)
    return render_template("registrar/overview.html", rows=rows, search_form=SearchForm())


@bp.get("/households")
@allow(Action.READ_ROLL)
def list_households() -> ResponseReturnValue:
    """The list in walking order, of all or of one place."""
    place = households.Place(
        request.args.get("grid", type=int),
        request.args.get("estate", type=int),
        request.args.get("building", type=int),
    )
    page = households.page(
        reader(),
        g.community.id,
        place,
        after=request.args.get("after", type=int),
        before=request.args.get("before", type=int),
    )
    building = households.building(reader(), g.community.id, place.building_id or 0)
    return render_template(
        "registrar/households.html",
        page=page,
        place=place,
        building=building,
        grids=households.grids(reader(), g.community.id),
        estates=households.estates(reader(), g.community.id),
        search_form=SearchForm(),
    )


@bp.post("/households")
@allow(Action.READ_ROLL)
def search() -> ResponseReturnValue:
    """Find by room, address or name. By POST, so that no name gets into an address or a log."""
    form = SearchForm()
    if not form.validate():
        return render_template("registrar/search.html", search_form=form, found=[], more=False), 422
    found = households.search(reader(), g.community.id, text(form.q))
    more = len(found) > households.MOST_FOUND
    return render_template(
        "registrar/search.html", search_form=form, found=found[: households.MOST_FOUND], more=more
    )


@bp.get("/export.xlsx")
@allow(Action.READ_ROLL)
def export() -> ResponseReturnValue:
    """The roll as a workbook; no cell of it runs as a formula."""
    answer = make_response(rolls.export(reader(), current_actor(), g.community.id))
    answer.headers["Content-Type"] = XLSX
    name = f"roll-{g.community.slug}-{now():%Y%m%d}.xlsx"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
