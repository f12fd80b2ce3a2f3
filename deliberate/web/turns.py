"""Who is served while others wait: pages and tablets each have so many turns in a process.

A process has more threads than turns, so that those who wait do so without a connection to the store; when twenty
tablets come home at once, three of them are worked on at a time, and a resident's page waits for none.

With a store on this machine, a page that is soon done is done after the one before it: Python works on one at a time
anyway, and threads that take it from one another between two statements keep whoever writes, and so all writers,
waiting. Only what takes longer is worked on beside what comes after it. With a store on another machine a process waits
for every statement's way there and back, so others go on meanwhile.

What many wish at the same time is done together: whoever is about to write steps aside for those who are still on their
way there, and the last of them writes for all, in one transaction. Who comes alone waits for nobody.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from deliberate.domain.sync import MOST_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAGES, TABLETS = 4, 3
"""Requests worked on at the same time in one process, at most."""
SOON = 0.1
"""Seconds after which the next begins, though the one before it is not done."""
LOT = 16
"""Wishes that are done at once, at most; as many rows are one insert (`queries.prepared.LOT`)."""
LONG = 0.02
"""Seconds that a wish steps aside for those who wait, at most."""
MINE = "deliberate.turn"
"""Where a request finds its turn."""
TABLETS_ASK_AT = "/canvass/api/"


@dataclass(slots=True, eq=False)
class _Place:
    """Of one request: its place in the line, and what it wants to be done together with others."""

    go: threading.Lock = field(default_factory=threading.Lock)
    about: Hashable = None
    wish: Any = None
    since: float = 0.0
    lot: "list[_Place]" = field(default_factory=list)
    """All whose wish this one is to do."""
    fate: Any = None

    def __post_init__(self) -> None:
        self.go.acquire()


class Turn:
    """So many `together`, in the order in which they came; beside those that take longer than `soon`, up to `most`."""

    def __init__(self, most: int, together: int = 1, soon: float = SOON) -> None:
        self._most, self._together, self._soon = most, together, soon
        self._all = threading.Lock()
        self._waiting: deque[_Place] = deque()
        self._began: dict[_Place, float] = {}
        self._aside: list[_Place] = []
        self._doing: set[Hashable] = set()

    @contextmanager
    def taken(self) -> Iterator[_Place]:
        """Wait for it, and give it back."""
        mine = _Place()
        with self._all:
            self._waiting.append(mine)
            self._let_in()
        self._await(mine)
        try:
            yield mine
        finally:
            with self._all:
                del self._began[mine]
                self._let_in()

    def gathered(
        self, mine: _Place, about: Hashable, wish: Any, do: Callable[[list[Any]], Sequence[Any]]
    ) -> Any:
        """Do what whoever holds this turn wishes, with what others wish `about` the same; what became of it.

        Whoever wishes steps aside for those who wait; when nobody does any more, or it has waited `LONG`, one of them
        does all that is wished, up to `LOT`. What comes meanwhile is gathered for the next.
        `do` gives as many fates as it was given wishes; what it raises is the fate of all of them.
        """
        mine.about, mine.wish, mine.lot = about, wish, []
        with self._all:
            del self._began[mine]
            mine.since = time.monotonic()
            self._aside.append(mine)
            self._let_in()
        self._await(mine)
        lot, mine.lot = mine.lot, []
        if lot:
            self._do(lot, do)
        return mine.fate

    def _do(self, lot: Sequence[_Place], do: Callable[[list[Any]], Sequence[Any]]) -> None:
        fates: Sequence[Any] = ()
        try:
            fates = do([one.wish for one in lot])
            if len(fates) != len(lot):
                raise RuntimeError(f"{len(lot)} wishes, {len(fates)} fates")
        except BaseException as error:
            fates = [error] * len(lot)
        with self._all:
            self._doing.discard(lot[0].about)
            for one, fate in zip(lot, fates, strict=True):
                one.fate = fate
            self._waiting.extendleft(reversed(lot[1:]))
            self._let_in()

    def _await(self, mine: _Place) -> None:
        while not mine.go.acquire(timeout=self._soon):  # nobody says when the one before has taken too long
            with self._all:
                self._let_in()

    def _let_in(self) -> None:
        """Those that may begin."""
        now = time.monotonic()
        new = sum(now - then < self._soon for then in self._began.values())
        while new < self._together and len(self._began) < self._most and (first := self._next(now)):
            self._began[first] = now
            first.go.release()
            new += 1

    def _next(self, now: float) -> _Place | None:
        ready = next((one for one in self._aside if one.about not in self._doing), None)
        if ready is None or (self._waiting and now - ready.since <= LONG):
            return self._waiting.popleft() if self._waiting else None
        self._doing.add(ready.about)
        ready.lot = [one for one in self._aside if one.about == ready.about][:LOT]
        for one in ready.lot:
            self._aside.remove(one)
        return ready


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
            with self._pages.taken() as mine:
                environ[MINE] = partial(self._pages.gathered, mine)
                return self._app(environ, start_response)
        _read_before(environ)
        with self._tablets.taken():
            return self._app(environ, start_response)


def _read_before(environ: "WSGIEnvironment") -> None:
    """A tablet on a poor line has its turn when all it sends is here; what is too large is refused unread."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit() and 0 < int(length) <= MOST_BYTES:
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
