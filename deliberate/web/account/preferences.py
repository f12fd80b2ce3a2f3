"""Language and view, remembered in this browser."""

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from deliberate.domain.permissions import Action

from .. import context, languages
from ..access import allow
from ..back import way_back
from .blueprint import bp

A_YEAR = 365 * 24 * 3600


def _remember(name: str, value: str) -> Response:
    response = make_response(redirect(way_back(request.values.get("next")) or url_for("public.front")))
    response.set_cookie(name, value, max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@bp.post("/language")
@allow(Action.SIGN_IN)
def set_language() -> ResponseReturnValue:
    """Remember a language."""
    return _remember(languages.COOKIE, languages.match(request.form.get("lang", "")) or languages.DEFAULT)


@bp.post("/view")
@allow(Action.SIGN_IN)
def set_view() -> ResponseReturnValue:
    """Remember the normal or the elder view."""
    wish = request.form.get("view", "")
    return _remember(context.VIEW_COOKIE, wish if wish in context.VIEWS else "normal")
