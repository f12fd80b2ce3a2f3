"""A web application served for a browser: on loopback, on a free port, until the test ends."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from wsgiref.types import WSGIApplication

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """One line per request would drown the report of a failure."""


@contextlib.contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """Serve `app`, each request in a thread of its own; the address without a final slash."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="served", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def live_server() -> Iterator[Callable[[WSGIApplication], str]]:
    """`live_server(app)`: its address; several apps may be served at once."""
    with contextlib.ExitStack() as open_servers:
        yield lambda app: open_servers.enter_context(served(app))
