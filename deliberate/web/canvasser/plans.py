"""The full text that a round asks about, to be read at the door."""

from flask import render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action

from ..access import allow
from .blueprint import bp
from .walk import serving


@bp.get("/plans/<int:round_id>")
@allow(Action.CANVASS)
def plan(round_id: int) -> ResponseReturnValue:
    """The text, the money and the rule of one round in which I serve."""
    found = next((one for one in serving() if one.round_id == round_id), None)
    if found is None:
        raise NotFound()
    return render_template("canvasser/plan.html", one=found)
