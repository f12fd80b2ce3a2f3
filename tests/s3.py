"""A store that speaks as much S3 as the application needs, on loopback, with the faults that a store may have.

As strict as independent ones (docs/running.md): one bucket, one key, one region; names in lists are encoded as they
were asked for, tokens mean nothing to a client, and nothing is to be had from beyond the end of a file.
"""

import base64
import hashlib
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

PAGE = 3
"""Names in one answer; small, so that every test asks for more."""
BUCKET, KEY, REGION = "council", "test", "somewhere-1"


@dataclass
class S3:
    """What the store has, and how it will fail: `faults` are taken one a request of that method."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    slow: float = 0.0

    def will(self, method: str, *faults: str) -> None:
        """Of the next requests of that method, the first fails like this, then the second."""
        self.faults.setdefault(method, []).extend(faults)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: S3

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def _begin(self, method: str) -> tuple[str, str]:
        key = unquote(urlsplit(self.path).path).lstrip("/")
        self.store.asked.append(f"{method} {key}")
        left = self.store.faults.get(method)
        fault = left.pop(0) if left else ""
        if fault == "slow":
            time.sleep(self.store.slow)
        return key, fault or self._refused(key)

    def _refused(self, key: str) -> str:
        """What would be refused of a stranger, or of a bucket that is not there."""
        signed = self.headers.get("Authorization", "")
        if f"Credential={KEY}/" not in signed:
            return "stranger"
        if f"/{REGION}/s3/aws4_request" not in signed:
            return "elsewhere"
        return "" if key.partition("/")[0] == BUCKET else "no bucket"

    def _answer(self, status: int, body: bytes = b"", *, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, fault: str) -> bool:
        """Said, where the fault is one of those that every method has."""
        status, code = {
            "broken": (503, "SlowDown"),
            "stranger": (403, "InvalidAccessKeyId"),
            "elsewhere": (400, "AuthorizationHeaderMalformed"),
            "no bucket": (404, "NoSuchBucket"),
        }.get(fault, (0, ""))
        if status:
            self._fault(status, code)
        return bool(status)

    def _fault(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code></Error>".encode(), Content_Type="application/xml")

    def do_PUT(self) -> None:
        key, fault = self._begin("PUT")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if fault == "corrupted":
            body = body[:-1] + bytes([body[-1] ^ 1])
        if self._refuse(fault):
            return None
        promised = self.headers.get("Content-MD5", "")
        if base64.b64decode(promised) != hashlib.md5(body).digest():
            return self._fault(400, "BadDigest")
        self.store.files[key] = body
        if fault == "broken after":
            return self._fault(500, "InternalError")
        return self._answer(200)

    def do_GET(self) -> None:
        key, fault = self._begin("GET")
        if self._refuse(fault):
            return None
        asked = {name: one[0] for name, one in parse_qs(urlsplit(self.path).query).items()}
        if "list-type" in asked:
            return self._names(asked)
        if key not in self.store.files:
            return self._fault(404, "NoSuchKey")
        begin, size = self._range(), len(self.store.files[key])
        if begin >= size:
            return self._fault(416, "InvalidRange")
        body = self.store.files[key][begin:]
        if fault == "flipped":
            body = bytes([body[0] ^ 1]) + body[1:]
        if fault == "truncated":
            self._answer(206, body[: len(body) // 2], length=len(body))
            self.close_connection = True
            return None
        return self._answer(206, body, Content_Range=f"bytes {begin}-{size - 1}/{size}")

    def _range(self) -> int:
        return int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))

    def do_HEAD(self) -> None:
        key, fault = self._begin("HEAD")
        if self._refuse(fault):
            return None
        found = self.store.files.get(key)
        return self._answer(404) if found is None else self._answer(200, length=len(found))

    def do_DELETE(self) -> None:
        key, fault = self._begin("DELETE")
        if not self._refuse(fault):
            self.store.files.pop(key, None)
            self._answer(204)

    def _names(self, asked: dict[str, str]) -> None:
        start, told = f"{BUCKET}/", asked.get("continuation-token")
        every = sorted(key.removeprefix(start) for key in self.store.files if key.startswith(start))
        after = base64.b64decode(told).decode() if told else ""
        left = [key for key in every if key.startswith(asked["prefix"]) and key > after]
        shown = quote if asked.get("encoding-type") == "url" else escape
        found = "".join(f"<Contents><Key>{shown(key)}</Key></Contents>" for key in left[:PAGE])
        cut = len(left) > PAGE
        token = base64.b64encode(left[PAGE - 1].encode()).decode() if cut else ""
        body = (
            f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>{str(cut).lower()}</IsTruncated>{found}"
            f"<EncodingType>{asked.get('encoding-type', '')}</EncodingType>"
            f"<NextContinuationToken>{token}</NextContinuationToken></ListBucketResult>"
        )
        self._answer(200, body.encode(), Content_Type="application/xml")


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no fault of the store's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    """One store for all tests of a process, since a client takes long to make."""
    store = S3()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"store": store}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    store.url = f"http://127.0.0.1:{server.server_port}"
    yield store
    server.shutdown()
    server.server_close()


@pytest.fixture
def s3(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """The store, empty and well, and the environment by which a client finds it."""
    s3_server.files, s3_server.faults, s3_server.asked = {}, {}, []
    for name, value in {
        "AWS_ENDPOINT_URL_S3": s3_server.url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": "/nonexistent",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    return s3_server
