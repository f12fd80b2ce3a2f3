"""Who is served while others wait: pages and tablets each have so many turns in a process.

A process has more threads than turns, so that those who wait do so without a connection to the store; when twenty
tablets come home at once, three of them are worked on at a time, and a resident's page waits for none.

With SQLite, a page that is soon done is done after the one before it: Python works on one at a time anyway, and
threads that take it from one another between two statements keep whoever writes, and so all writers, waiting. Only what
takes longer is worked on beside what comes after it. With PostgreSQL a process waits for the store at every statement,
so others go on meanwhile.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from deliberate.domain.sync import MOST_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAGES, TABLETS = 4, 3
"""Requests worked on at the same time in one process, at most."""
SOON = 0.1
"""Seconds after which the next begins, though the one before it is not done."""
TABLETS_ASK_AT = "/canvass/api/"


class Turn:
    """So many `together`, in the order in which they came; beside those that take longer than `soon`, up to `most`."""

    def __init__(self, most: int, together: int = 1, soon: float = SOON) -> None:
        self._most, self._together, self._soon = most, together, soon
        self._all = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._began: dict[threading.Lock, float] = {}

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for it, and give it back."""
        mine = threading.Lock()
        mine.acquire()
        self._await(mine)
        try:
            yield
        finally:
            self._pass_on(mine)

    def _await(self, mine: threading.Lock) -> None:
        with self._all:
            self._waiting.append(mine)
            self._let_in()
        while not mine.acquire(timeout=self._soon):  # nobody says when the one before has taken too long
            with self._all:
                self._let_in()

    def _pass_on(self, mine: threading.Lock) -> None:
        with self._all:
            del self._began[mine]
            self._let_in()

    def _let_in(self) -> None:
        """The first of those who wait, if it may begin."""
        now = time.monotonic()
        new = sum(now - then < self._soon for then in self._began.values())
        if self._waiting and new < self._together and len(self._began) < self._most:
            first = self._waiting.popleft()
            self._began[first] = now
            first.release()


class Turns:
    """Around the application; each kind of request in the order in which it came."""

    def __init__(
        self, app: "WSGIApplication", together: int = 1, pages: int = PAGES, tablets: int = TABLETS
    ) -> None:
        self._app = app
        self._pages = Turn(pages, together)
        self._tablets = Turn(tablets, tablets)  # photographs are worked on outside of Python

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(TABLETS_ASK_AT):
            with self._pages.taken():
                return self._app(environ, start_response)
        _read_before(environ)
        with self._tablets.taken():
            return self._app(environ, start_response)


def _read_before(environ: "WSGIEnvironment") -> None:
    """A tablet on a poor line has its turn when all it sends is here; what is too large is refused unread."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit() and 0 < int(length) <= MOST_BYTES:
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
