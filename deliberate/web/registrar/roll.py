"""The roll: how many households where, the list in walking order, search, the file to take away."""

from flask import g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action
from deliberate.queries import households
from deliberate.queries.households import Place
from deliberate.services import rolls

from ..access import allow, current_actor
from ..forms.fields import text
from ..forms.registrar import SearchForm
from ..store import now, reader
from ..tables import FILES, page
from .blueprint import bp
from .tables import building_table, roll_table


@bp.get("/overview")
@allow(Action.READ_ROLL)
def overview() -> ResponseReturnValue:
    """Households by grid, estate and building."""
    register = building_table(households.buildings(reader(), g.community.id))
    return page("registrar/overview.html", register=register, search_form=SearchForm())


@bp.get("/households")
@allow(Action.READ_ROLL)
def list_households() -> ResponseReturnValue:
    """The list in walking order, of all or of one place."""
    place = Place(building_id=request.args.get("building", type=int))
    return page("registrar/households.html", register=roll_table(place), search_form=SearchForm())


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
    answer.headers["Content-Type"] = FILES["xlsx"]
    name = f"roll-{g.community.slug}-{now():%Y%m%d}.xlsx"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
