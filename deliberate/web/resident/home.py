"""The home page of this job: what awaits this person now."""

from flask import render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action

from ..access import allow
from .blueprint import bp
from .household import my_household


@bp.get("/")
@allow(Action.SEE_OWN_HOUSEHOLD, about=my_household)
def home() -> ResponseReturnValue:
    """What awaits this person now."""
    return render_template("resident/home.html")
