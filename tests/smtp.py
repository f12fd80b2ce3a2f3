"""A mail server on loopback, with the faults that one may have: mailboxes that are gone, a patience of its own."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest


@dataclass
class Smtp:
    """What it took, how often it was called, and what it will not take."""

    url: str = ""
    taken: list[EmailMessage] = field(default_factory=list)
    calls: int = 0
    refused: set[str] = field(default_factory=set)
    most: int = 1000
    """Messages of one connection; then it hangs up."""


class _Handler(socketserver.StreamRequestHandler):
    store: Smtp

    def handle(self) -> None:
        self.store.calls += 1
        self._say("220 here")
        taken = 0
        while line := self.rfile.readline():
            word = line.split(b" ")[0].strip().upper()
            if word == b"DATA":
                self._say("354 go on")
                self._take()
                taken += 1
                if taken == self.store.most:
                    return
            elif word == b"RCPT" and any(one.encode() in line for one in self.store.refused):
                self._say("550 gone")
            else:
                self._say("250 yes")
            if word == b"QUIT":
                return

    def _take(self) -> None:
        lines = iter(self.rfile.readline, b".\r\n")
        self.store.taken.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def smtp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Smtp]:
    """A server for one test."""
    monkeypatch.setattr(socket, "getfqdn", lambda *_: "here.example.org")  # no test looks up names
    store = Smtp()
    handler = type("Handler", (_Handler,), {"store": store})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        store.url = f"smtp://127.0.0.1:{server.server_address[1]}?from=council@example.org"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield store
        server.shutdown()
        thread.join()
