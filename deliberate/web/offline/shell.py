"""The shell and its service worker."""

from flask import Response

from deliberate.domain.permissions import Action

from ..access import allow
from . import precache
from .blueprint import bp


@bp.get("/")
@allow(Action.READ_PUBLIC)
def shell() -> Response:
    """The tablet's page, empty until its own modules fill it."""
    return Response(precache.shell_page(), mimetype="text/html", headers={"Cache-Control": "no-cache"})


@bp.get("/sw.js")
@allow(Action.READ_PUBLIC)
def worker() -> Response:
    """The service worker; asked for anew each time, so that an update is noticed."""
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/canvass/"}
    return Response(precache.worker_text(), mimetype="text/javascript", headers=headers)
