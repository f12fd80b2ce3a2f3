"""Count sheets on paper, for everybody, once the result is shown."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import counts

from ..access import allow
from ..results import about_round, the_counting
from .blueprint import bp


@bp.get("/c/<slug>/rounds/<int:round_id>/sheet/<int:n>")
@allow(Action.READ_PUBLIC, about=about_round)
def count_sheet(round_id: int, n: int) -> ResponseReturnValue:
    """A signed sheet of a result that is shown; before that there is nothing to see."""
    one = the_counting(round_id)
    sheet = counts.one_of(one, n)
    if one.objection_until is None or not sheet.signed:
        raise NotFound()
    return render_template(
        "print/count_sheet.html",
        counting=one,
        sheet=sheet,
        back_url=url_for(".matter", number=one.proposal.number),
    )
