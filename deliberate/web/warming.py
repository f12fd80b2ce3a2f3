"""Before processes are forked, a stranger's first pages are made once (docs/speed.md, "Memory").

What is put together for them – statements as SQL, addresses, templates, words – all processes share then, and none
writes a copy of its own. Nothing stays open: no two processes may share a file of SQLite or a socket.
"""

import ctypes
import gc
import logging
import re
from contextlib import suppress
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

from flask import Flask

from .metrics import NOT_COUNTED

log = logging.getLogger(__name__)
_PLACES = (rb"", rb"matters/\d+", rb"rounds/\d+")
_ON = [re.compile(rb'href="(/c/[^"/]+/' + place + rb')"') for place in _PLACES]
"""The way on from each of these pages."""


def warm(app: Flask) -> None:
    """The front page, and from there the first community, its first matter and its round, as far as there are any.

    Where the store does not answer they are made when somebody asks, as every other page.
    """
    gc.freeze()  # only what the pages leave is looked through
    try:
        found = _page(app, "/")
        for link in _ON:
            if not (shown := link.search(found)):
                break
            found = _page(app, shown[1].decode())
    except Exception:
        log.warning("no page could be made before the start", exc_info=True)
    finally:
        app.extensions["deliberate.db"].dispose()
    gc.collect()
    with suppress(OSError, AttributeError):  # of glibc: what a closed connection held is given back
        ctypes.CDLL(None).malloc_trim(0)


def _page(app: Flask, path: str, redirects: int = 2) -> bytes:
    """What a stranger is shown there, in the language of whoever names none."""
    told: dict[str, str] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        told.update(headers, status=status)

    environ: dict[str, Any] = {NOT_COUNTED: True, "PATH_INFO": path, "wsgi.input": BytesIO()}
    for host in app.config["TRUSTED_HOSTS"] or ():
        environ["HTTP_HOST"] = host.lstrip(".")
    setup_testing_defaults(environ)
    body = app.wsgi_app(environ, start)
    shown = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    moved = told["status"].startswith("3") and redirects
    return _page(app, urlsplit(told["Location"]).path, redirects - 1) if moved else shown
