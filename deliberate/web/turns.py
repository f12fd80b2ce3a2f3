"""Who is served while others wait: pages and tablets each have so many turns in a process.

A process has more threads than turns, so that those who wait do so without a connection to the store; when twenty
tablets come home at once, three of them are worked on at a time, and a resident's page waits for none.
"""

import threading
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from deliberate.domain.sync import MOST_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAGES, TABLETS = 4, 3
"""Requests worked on at the same time in one process."""
TABLETS_ASK_AT = "/canvass/api/"


class Turns:
    """Around the application; each kind of request in the order in which it came."""

    def __init__(self, app: "WSGIApplication", pages: int = PAGES, tablets: int = TABLETS) -> None:
        self._app = app
        self._pages, self._tablets = threading.Semaphore(pages), threading.Semaphore(tablets)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(TABLETS_ASK_AT):
            with self._pages:
                return self._app(environ, start_response)
        _read_before(environ)
        with self._tablets:
            return self._app(environ, start_response)


def _read_before(environ: "WSGIEnvironment") -> None:
    """A tablet on a poor line has its turn when all it sends is here; what is too large is refused unread."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit() and 0 < int(length) <= MOST_BYTES:
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
