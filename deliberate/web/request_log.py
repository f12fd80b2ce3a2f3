"""Each request has an id and leaves one line: which endpoint of which community, what came of it, how long it took.

The address itself is not logged: a receipt or an invitation may be in it.
"""

import logging
import re
import time
from uuid import uuid4

from flask import Flask, Response, g, request

from deliberate.logs import FACTS

from .store import config

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[0-9A-Za-z-]{8,64}")
log = logging.getLogger("deliberate.requests")


def install(app: Flask) -> None:
    """First of all, so that its line is written last."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    """The proxy's id for the request, where there is a proxy; else one of our own."""
    given = request.headers.get(HEADER, "") if config().proxy_hops else ""
    g.request_id = given if _GIVEN.fullmatch(given) else uuid4().hex
    g.request_began = time.perf_counter()


def _end(response: Response) -> Response:
    request_id = g.get("request_id") or uuid4().hex
    response.headers[HEADER] = request_id
    community = g.get("community")
    facts = {
        "request": request_id,
        "method": request.method if request.method in ("GET", "HEAD", "POST", "PUT", "OPTIONS") else "other",
        "endpoint": request.endpoint,
        "community": community.slug if community is not None else None,
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.get("request_began", time.perf_counter())) * 1000, 1),
        "bytes": response.content_length,
    }
    log.info("request", extra={FACTS: facts})
    return response
