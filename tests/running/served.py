"""The application as it is run, over one round: gunicorn by our own settings, and somebody who asks."""

import contextlib
import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path

from deliberate.config import Config
from deliberate.db import Database
from deliberate.services.secrets import keyed_hash
from tests.make_letter import letter
from tests.make_round import OpenRound, open_round

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "running"
SECRET, CODE, TOKEN = (
    "a secret of the tests, long enough for it",
    "ABCD-EFGH-JKMN",
    "a-token-of-twenty-and-more",
)
HOST = "council.example.org"
PATIENCE = 60.0
"""Seconds for anything to begin or to end, on a machine that does much else."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Gunicorn:
    """The application in processes of its own."""

    url: str
    home: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Gunicorn":
        environment = os.environ | {
            "DELIBERATE_DATABASE_URL": self.url,
            "DELIBERATE_SECRET_KEY": SECRET,
            "DELIBERATE_INSTANCE_DIR": str(self.home),
            "DELIBERATE_BIND": f"127.0.0.1:{self.port}",
            "DELIBERATE_METRICS_TOKEN": TOKEN,
            "PYTHONPATH": str(ROOT),
            **self.settings,
        }
        command = [sys.executable, "-m", "gunicorn", "-c", str(EXAMPLES / "gunicorn.conf.py"), "wsgi:app"]
        with (self.home / "gunicorn.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        awaited(self.port, self.process, self.home / "gunicorn.log")
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def awaited(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until somebody listens there."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nobody listens:\n{log.read_text()[-3000:]}")


@dataclass
class Answered:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass
class Browser:
    """Somebody at a phone: cookies, forms, and nothing else."""

    port: int
    tls: Path | None = None
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def wire(self) -> socket.socket:
        """A connection, encrypted where there is a certificate."""
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        if self.tls is None:
            return plain
        known = ssl.create_default_context(cafile=str(self.tls / "certificate.pem"))
        return known.wrap_socket(plain, server_hostname=HOST)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answered:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.sock = self.wire()
        told = {"Host": HOST, "Cookie": "; ".join(f"{k}={v.value}" for k, v in self.cookies.items())}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, told)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for one in answer.headers.get_all("Set-Cookie") or ():
            self.cookies.load(one)
        connection.close()
        return Answered(answer.status, answer.headers, text)

    def get(self, path: str, **headers: str) -> Answered:
        return self.ask("GET", path, **headers)

    def send(self, path: str, data: dict[str, str], **headers: str) -> Answered:
        body = urllib.parse.urlencode(data).encode()
        return self.ask("POST", path, body, Content_Type="application/x-www-form-urlencoded", **headers)

    def form(self, page: str, data: dict[str, str], **headers: str) -> Answered:
        """Open the page and send its form; `Origin` and `Referer` as a browser does."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page).text)
        assert token, page
        scheme = "https" if self.tls else "http"
        return self.send(
            page, {"csrf_token": token[1], **data}, Referer=f"{scheme}://{HOST}{page}", **headers
        )


@dataclass
class Place:
    """A store with an open round, whose first home has a letter."""

    url: str
    home: Path
    at: OpenRound

    @property
    def page(self) -> str:
        return f"/c/{self.at.community.slug}/home/rounds/{self.at.round.id}"


def a_place(empty_store: Path, home: Path) -> Place:
    path = home / "deliberate.db"
    path.write_bytes(empty_store.read_bytes())
    store = Database(f"sqlite:///{path}")
    with store.transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now)
        held = letter(tx.session, at.homes[0], now=tx.now)
        held.code_hash = keyed_hash(CODE, Config(store.url, SECRET, home).code_key)
    store.dispose()
    return Place(store.url, home, at)


def numbers(port: int) -> Iterator[tuple[str, float]]:
    """Of /metrics."""
    told = Browser(port).get("/metrics", Authorization=f"Bearer {TOKEN}")
    assert told.status == 200
    for line in told.text.splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            yield name, float(value)
