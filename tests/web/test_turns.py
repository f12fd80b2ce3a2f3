"""A crowd of tablets holds up no page, and a slow line holds no turn."""

import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest

from deliberate.domain.sync import MOST_BYTES
from deliberate.engines import AT_WORK
from deliberate.web.turns import PAGES, TABLETS, Turn, Turns

PATIENCE = 10


class Counter:
    """An application that is at work until it is told; it notes how many are in it at once."""

    def __init__(self) -> None:
        self.go, self.here = threading.Event(), threading.Condition()
        self.now = self.most = 0
        self.read: list[bytes] = []

    def __call__(self, environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        with self.here:
            self.now += 1
            self.most = max(self.most, self.now)
            self.here.notify_all()
        self.go.wait(PATIENCE)
        with self.here:
            self.now -= 1
            self.read.append(environ["wsgi.input"].read())
        return [b"done"]

    def wait_for(self, number: int) -> bool:
        with self.here:
            return self.here.wait_for(lambda: self.now == number, PATIENCE)


class Line:
    """A body that comes when its sender has a signal again."""

    def __init__(self, data: bytes) -> None:
        self.data, self.signal = BytesIO(data), threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.signal.wait(PATIENCE)
        return self.data.read(size)


def asked(path: str, stream: Any, length: int) -> dict[str, Any]:
    return {"PATH_INFO": path, "wsgi.input": stream, "CONTENT_LENGTH": str(length)}


@contextmanager
def crowd(turns: Turns, path: str, number: int) -> Iterator[list[Future[Any]]]:
    with ThreadPoolExecutor(number) as pool:
        yield [pool.submit(turns, asked(path, BytesIO(b"x"), 1), None) for _ in range(number)]


def test_a_connection_is_left_with_which_one_that_is_worked_on_can_write() -> None:
    """Were all of them reading, nobody could end."""
    assert PAGES + TABLETS < AT_WORK


def test_tablets_wait_for_one_another_and_no_page_waits_for_them() -> None:
    app = Counter()
    turns = Turns(app, pages=2, tablets=3)
    with crowd(turns, "/canvass/api/v1/sync", 20) as tablets:
        assert app.wait_for(3)
        with crowd(turns, "/c/here/rounds/1", 2) as pages:
            assert app.wait_for(5)
            app.go.set()
            assert [b"".join(one.result(PATIENCE)) for one in (*tablets, *pages)] == [b"done"] * 22
    assert app.most == 5


def test_pages_wait_for_one_another() -> None:
    app = Counter()
    with crowd(Turns(app, pages=2), "/c/here/", 9):
        assert app.wait_for(2)
        app.go.set()
    assert (app.most, len(app.read)) == (2, 9)


def test_a_tablet_on_a_poor_line_holds_no_turn_while_it_sends() -> None:
    app, slow = Counter(), Line(b"late")
    turns = Turns(app, tablets=1)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(turns, asked("/canvass/api/v1/evidence/1", slow, 4), None)
        second = pool.submit(turns, asked("/canvass/api/v1/sync", BytesIO(b"soon"), 4), None)
        assert app.wait_for(1)
        app.go.set()
        second.result(PATIENCE)
        assert app.read == [b"soon"]
        slow.signal.set()
        first.result(PATIENCE)
    assert app.read == [b"soon", b"late"]


def test_what_is_too_large_is_left_unread_for_the_application_to_refuse() -> None:
    app = Counter()
    app.go.set()
    unread = BytesIO(b"x")
    for length in (MOST_BYTES + 1, -1):
        Turns(app)(asked("/canvass/api/v1/sync", unread, length), None)  # type: ignore[arg-type]
    assert app.read == [b"x", b""]


def test_what_is_soon_done_is_done_one_after_the_other_in_the_order_of_coming() -> None:
    turn, done, at_once = Turn(4, soon=PATIENCE), list[int](), list[int]()
    here: list[int] = []

    def work(number: int) -> None:
        with turn.taken():
            here.append(number)
            at_once.append(len(here))
            time.sleep(0.02)
            done.append(number)
            here.remove(number)

    with ThreadPoolExecutor(9) as pool, turn.taken():
        for number in range(9):
            pool.submit(work, number)
            while len(turn._waiting) <= number and not here:
                time.sleep(0.0005)
    assert (done, set(at_once)) == (list(range(9)), {1})


def test_who_fails_gives_the_turn_back() -> None:
    turn = Turn(1, soon=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turn.taken():
            raise ZeroDivisionError
