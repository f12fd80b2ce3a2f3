"""Signing in and out."""

from flask import render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action

from ..access import allow
from .blueprint import bp


@bp.get("/sign-in")
@allow(Action.SIGN_IN)
def sign_in() -> ResponseReturnValue:
    """The sign-in page."""
    return render_template("account/sign_in.html")
