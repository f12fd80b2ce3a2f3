"""nginx and Caddy by the examples of the documents: slow clients hold nobody up, and what a client says of itself is
nothing."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deliberate.services.throttle import SIGN_INS_FROM_ONE_PLACE
from tests.running.proxies import Caddy, Nginx, Proxy
from tests.running.served import CODE, HOST, Browser, Gunicorn, Place, a_place

SLOW, LARGE = 64, 24 << 20
BOUND = 10.0
"""Seconds for a request beside slow clients, on a machine that does much else; a thread held is held for minutes."""
SETTINGS = {"DELIBERATE_PROXY_HOPS": "1", "DELIBERATE_TRUSTED_HOSTS": HOST}
UPLOAD = (
    "POST /account/letter HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain\r\nContent-Length: 500000\r\n\r\n"
)


@dataclass
class Site:
    """All of it, running."""

    place: Place
    gunicorn: Gunicorn
    proxy: Proxy

    def browser(self) -> Browser:
        return Browser(self.proxy.port, self.proxy.home)


@pytest.fixture(scope="module", params=[Nginx, pytest.param(Caddy, marks=pytest.mark.whole)])
def site(
    request: pytest.FixtureRequest, empty_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    place = a_place(empty_store, tmp_path_factory.mktemp("site"))
    with (
        Gunicorn(place.url, place.home, settings=SETTINGS) as gunicorn,
        request.param(place.home, gunicorn.port) as proxy,
    ):
        yield Site(place, gunicorn, proxy)


class Drip:
    """Clients that send a byte now and then, until the test is done with them."""

    def __init__(self, wires: list[socket.socket]) -> None:
        self.wires, self.done = wires, threading.Event()
        for wire in wires:
            wire.sendall(UPLOAD.format(HOST).encode())
        self.thread = threading.Thread(target=self._drip)

    def _drip(self) -> None:
        while not self.done.wait(0.3):
            for wire in self.wires:
                wire.sendall(b"x")

    def __enter__(self) -> "Drip":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()


def asked(browser: Browser, page: str) -> float:
    began = time.monotonic()
    assert browser.get(page).status == 200
    return time.monotonic() - began


@pytest.mark.slow
def test_slow_clients_hold_nobody_up(site: Site) -> None:
    large = re.search(r'href="(/static/css/[^"]*)"', site.browser().get("/account/letter").text)
    assert large
    with ExitStack() as held:
        wires = [held.enter_context(site.browser().wire()) for _ in range(SLOW)]
        for wire in wires[SLOW // 2 :]:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.sendall(f"GET {large[1]} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        with Drip(wires[: SLOW // 2]):
            time.sleep(1)
            took = [asked(site.browser(), "/healthz") for _ in range(20)]
            assert max(took) < BOUND, took
            assert site.browser().form("/account/letter", {"code": CODE}).status == 302


class Sending(BaseHTTPRequestHandler):
    """An application that says when the last byte of its answer left it."""

    sent: threading.Event

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(LARGE))
        self.end_headers()
        self.wfile.write(bytes(LARGE))
        self.sent.set()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Nginx, Caddy])
def test_an_answer_that_nobody_fetches_is_taken_from_the_application(
    kind: type[Proxy], tmp_path: Path
) -> None:
    """Larger than what the system itself would hold between two programs."""
    sent = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Sending,), {"sent": sent})) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        with (
            kind(tmp_path, server.server_port) as proxy,
            Browser(proxy.port, tmp_path).wire() as wire,
        ):
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            assert wire.recv(12) == b"HTTP/1.1 200"
            taken = sent.wait(BOUND)
        server.shutdown()
    assert taken


@pytest.mark.whole
@pytest.mark.parametrize("site", [Nginx], indirect=True)
def test_without_the_proxy_they_would(site: Site) -> None:
    """What the test above would find, were requests not buffered."""
    with ExitStack() as held:
        wires = [held.enter_context(Browser(site.gunicorn.port).wire()) for _ in range(32)]
        with Drip(wires):
            time.sleep(1)
            with socket.create_connection(("127.0.0.1", site.gunicorn.port)) as wire:
                wire.settimeout(2)
                wire.sendall(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                with pytest.raises(TimeoutError):
                    wire.recv(1)


@pytest.mark.slow
def test_what_a_client_says_of_itself_is_nothing(site: Site) -> None:
    said = {"X_Forwarded_Proto": "http", "X_Forwarded_Host": "evil.example", "Forwarded": "host=evil.example"}
    answer = site.browser().get("/account/letter", X_Request_ID="chosen-by-a-stranger", **said)
    assert answer.status == 200, "another host would have been refused"
    assert answer.headers["Strict-Transport-Security"], "to the application it is https"
    assert answer.headers["X-Request-ID"] not in (None, "", "chosen-by-a-stranger")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert site.browser().get("/metrics").status == 404
    tries = [
        site.browser()
        .form(
            "/account/sign-in",
            {"name_or_telephone": f"nobody{n}", "password": "x"},
            X_Forwarded_For=f"10.1.1.{n}",
        )
        .status
        for n in range(SIGN_INS_FROM_ONE_PLACE + 1)
    ]
    assert tries == [422] * SIGN_INS_FROM_ONE_PLACE + [429], "each from the same place, whatever it said"


@pytest.mark.slow
def test_sizes_are_limited_and_styles_kept_for_ever(site: Site) -> None:
    spoken = site.browser().ask("POST", "/account/letter", b"x" * (26 << 20), Content_Type="text/plain")
    assert (spoken.status, "文件太大了" in spoken.text) == (413, True)
    with site.browser().wire() as wire:
        wire.sendall(UPLOAD.format(HOST).replace("500000", str(65 << 20)).encode())
        assert wire.recv(12) == b"HTTP/1.1 413", "before a byte of it was sent"
    page = site.browser().get("/account/letter").text
    sheet = re.search(r'href="(/static/css/[^"]*)"', page)
    assert sheet
    kept = site.browser().get(sheet[1].replace("&amp;", "&"))
    assert (kept.status, "immutable" in kept.headers["Cache-Control"]) == (200, True)


@pytest.mark.slow
def test_who_comes_without_tls_is_sent_to_it(site: Site) -> None:
    told = Browser(site.proxy.plain_port).get("/account/letter?lang=ug")
    assert told.status in (301, 308)
    assert re.fullmatch(rf"https://{HOST}(:\d+)?/account/letter\?lang=ug", told.headers["Location"])


@pytest.mark.slow
def test_what_is_under_way_is_answered_by_what_was_before(site: Site) -> None:
    with site.browser().wire() as wire:
        wire.sendall(UPLOAD.format(HOST).encode())
        site.proxy.reload()
        until = time.monotonic() + BOUND
        while "X-Marked" not in site.browser().get("/healthz").headers:
            assert time.monotonic() < until
        wire.sendall(b"x" * 500_000)
        told = wire.recv(4096)
    assert told.startswith(b"HTTP/1.1 4"), "by the application: it is no form of its own"
    assert b"Strict-Transport-Security" in told
    assert b"X-Marked" not in told


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Nginx, Caddy])
def test_while_the_application_is_away_three_languages_say_so(kind: type[Proxy], tmp_path: Path) -> None:
    with kind(tmp_path, upstream=1) as alone:
        browser = Browser(alone.port, tmp_path)
        every = [browser.get("/"), browser.send("/account/letter", {"code": CODE})]
        unknown = browser.get("/metrics")
    for told in every:
        assert (told.status, told.headers["Retry-After"]) == (502, "30")
        for words in ("暂时打不开", "Away for a moment", "ھازىرچە ئېچىلمايدۇ"):
            assert words in told.text
    assert (unknown.status, "暂时" in unknown.text) == (404, False)
