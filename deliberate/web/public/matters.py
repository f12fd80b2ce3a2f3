"""Matters, as anyone may read them."""

from flask import render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action

from ..access import allow
from .blueprint import bp


@bp.get("/c/<slug>/")
@allow(Action.READ_PUBLIC)
def matters() -> ResponseReturnValue:
    """All matters of the community."""
    return render_template("public/matters.html")
