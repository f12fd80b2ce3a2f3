"""Refusals to tablets: a word of the protocol, with our mark. Records themselves are never refused."""

import logging

from flask import Response
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from deliberate.domain.errors import NotAllowed, NotFound, Refusal, TooMany
from deliberate.services.devices import CodeRefused, UnknownDevice

from ..access import SignInFirst, current_actor
from .blueprint import bp
from .shapes import reply

RETRY_AFTER = 3600
log = logging.getLogger(__name__)


@bp.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    """By its word; what has none is a fault of the request."""
    if isinstance(refusal, TooMany):
        return reply(429, error="too_many", retry_after_s=RETRY_AFTER)
    if isinstance(refusal, SignInFirst):
        return reply(401, error="unknown_device")
    if isinstance(refusal, UnknownDevice | CodeRefused):
        return reply(refusal.status, error=refusal.word)
    if isinstance(refusal, NotAllowed):
        revoked = current_actor().device_revoked
        return reply(403, error="revoked" if revoked else "not_on_duty")
    if isinstance(refusal, NotFound):
        return reply(404, error="bad_request")
    return reply(422, error="bad_request")


@bp.errorhandler(HTTPException)
def of_the_framework(error: HTTPException) -> Response:
    """Statuses of the framework, in words of the protocol."""
    code = error.code or 500
    return reply(code, error="busy" if code >= 500 else "too_large" if code == 413 else "bad_request")


@bp.errorhandler(DBAPIError)
def of_the_store(error: DBAPIError) -> Response:
    """The store is busy, and nothing of the request was kept: it is sent again."""
    log.warning("the store refused a tablet's request: %s", type(error.orig).__name__)
    return reply(503, error="busy", retry_after_s=5)
