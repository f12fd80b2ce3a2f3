"""Language and view, remembered in this browser, and with the account of who is signed in.

A stranger's form for them has no token: it would make each stranger's page another one, and give each a cookie, to
guard what is theirs to see and changes nothing that is kept.
"""

from urllib.parse import urlsplit

from flask import current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from deliberate.domain.permissions import Action
from deliberate.services import accounts

from .. import context, languages
from ..access import allow, current_actor
from ..back import way_back
from ..store import transaction
from .blueprint import bp

A_YEAR = 365 * 24 * 3600


def _remember(name: str, value: str) -> Response:
    response = make_response(redirect(way_back(request.values.get("next")) or url_for("public.front")))
    response.set_cookie(name, value, max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _of_our_page() -> None:
    """The token, of who is signed in; of a stranger that the browser does not name another site."""
    if not current_app.config["WTF_CSRF_ENABLED"]:
        return
    if current_user.is_authenticated:
        current_app.extensions["csrf"].protect()
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", request.host_url)
    ours = site in ("same-origin", "none") if site else urlsplit(origin).netloc == request.host
    if not ours:
        raise CSRFError


def _keep(**chosen: str) -> None:
    if current_user.is_authenticated:
        with transaction() as tx:
            accounts.remember(tx.session, current_actor(), **chosen)


@bp.post("/language")
@allow(Action.SIGN_IN)
def set_language() -> ResponseReturnValue:
    """Remember a language."""
    _of_our_page()
    chosen = languages.match(request.form.get("lang", "")) or languages.DEFAULT
    _keep(language=chosen)
    return _remember(languages.COOKIE, chosen)


@bp.post("/view")
@allow(Action.SIGN_IN)
def set_view() -> ResponseReturnValue:
    """Remember the normal or the elder view."""
    _of_our_page()
    wish = request.form.get("view", "")
    chosen = wish if wish in context.VIEWS else "normal"
    _keep(view=chosen)
    return _remember(context.VIEW_COOKIE, chosen)
