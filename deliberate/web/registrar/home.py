"""The home page of this job: what awaits this person now."""

from flask import render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action

from ..access import allow
from .blueprint import bp


@bp.get("/")
@allow(Action.READ_ROLL)
def home() -> ResponseReturnValue:
    """What awaits this person now."""
    return render_template("registrar/home.html")
