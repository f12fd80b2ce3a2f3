"""Things that go wrong between a tablet and its server, put before the application one after another.

A fault is asked for each request of the tablet's API; it may answer in the server's place, or let the request
through and spoil the reply.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request, Response

API = "/canvass/api/v1/"
Pass = Callable[[], Response]
Fault = Callable[[Request, Pass], Response | None]
PORTAL = "<!doctype html><title>WiFi</title><h1>请先登录无线网络</h1>"


def whole(app: WSGIApplication, environ: WSGIEnvironment) -> Response:
    """The answer with all its bytes: no file stays open when a tablet is killed while it reads."""
    body, status, headers = run_wsgi_app(app, environ, buffered=True)
    return Response(b"".join(body), status=status, headers=headers)


@dataclass
class Road:
    """The way to the server, with what lies on it."""

    app: WSGIApplication
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    brought: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    """Headers and bytes of each batch that came by."""

    def clear(self) -> None:
        """A free road."""
        for heap in (self.faults, self.asked, self.brought):
            heap.clear()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(API):
            return whole(self.app, environ)(environ, start_response)
        request = Request(environ)
        request.get_data(cache=True)
        self.asked.append(f"{request.method} {request.path.removeprefix(API)}")
        if request.path == API + "sync":
            self.brought.append(({"Authorization": request.headers["Authorization"]}, request.get_data()))

        def through() -> Response:
            environ["wsgi.input"] = BytesIO(request.get_data())
            return whole(self.app, environ)

        for fault in list(self.faults):
            if (answer := fault(request, through)) is not None:
                return answer(environ, start_response)
        return through()(environ, start_response)


def only(path: str, times: int, make: Callable[[Pass], Response]) -> Fault:
    """For so many requests whose path begins like this."""
    left = [times]

    def fault(request: Request, through: Pass) -> Response | None:
        if not request.path.startswith(API + path) or not left[0]:
            return None
        left[0] -= 1
        return make(through)

    return fault


def portal(_through: Pass) -> Response:
    """The page of a stranger's wireless network, with status 200."""
    return Response(PORTAL, mimetype="text/html")


def broken(_through: Pass) -> Response:
    """The server fell over before it did anything."""
    return Response("oops", status=500)


def broken_after(through: Pass) -> Response:
    """The server did it all, and then fell over."""
    through()
    return Response("oops", status=500)


def cut_after(through: Pass) -> Response:
    """All was done, and half of the reply came."""
    answer = through()
    return Response(answer.get_data()[:40], mimetype="application/json")


def dropped_after(through: Pass) -> Response:
    """All was done, and the line broke in the middle of the reply's bytes."""
    answer = through()
    whole = answer.get_data()
    broken_off = Response(whole[:40], mimetype="application/json")
    broken_off.automatically_set_content_length = False
    broken_off.headers["Content-Length"] = str(len(whole))
    broken_off.headers["Connection"] = "close"
    return broken_off


def elsewhere(_through: Pass) -> Response:
    """A network that sends everybody to its own page."""
    return Response(status=302, headers={"Location": "/canvass/"})


def sign_in_to_the_network(_through: Pass) -> Response:
    """A network that says so honestly."""
    return Response(PORTAL, status=511, mimetype="text/html")


def busy(_through: Pass) -> Response:
    """Our own server, overloaded."""
    said = '{"app": "deliberate", "error": "busy", "server_time": "2026-03-02T10:00:00Z", "retry_after_s": 1}'
    return Response(said, status=503, mimetype="application/json")
