"""Public notices."""

from flask import render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action

from ..access import allow
from .blueprint import bp


@bp.get("/c/<slug>/notices")
@allow(Action.READ_PUBLIC)
def notices() -> ResponseReturnValue:
    """All notices, newest first."""
    return render_template("public/notices.html")
