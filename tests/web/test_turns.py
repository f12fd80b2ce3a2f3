"""A crowd of tablets holds up no page, and a slow line holds no turn."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest

from deliberate.domain.sync import MOST_BYTES
from deliberate.engines import AT_WORK, is_near
from deliberate.web import turns
from deliberate.web.turns import LOT, PAGES, TABLETS, Turn, Turns

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


def until(so: Callable[[], bool]) -> None:
    """Wait for it, not for ever."""
    patience = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < patience, "it never came to this"
        time.sleep(0.0005)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever steps aside waits for all who are in line, however slow the machine is."""
    monkeypatch.setattr(turns, "LONG", PATIENCE)


class Wishes:
    """What is wished of a turn, by so many threads; notes what was done at once."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.lots: list[list[int]] = []
        self.hold = threading.Event()
        self.hold.set()

    def do(self, lot: list[int]) -> list[str]:
        self.lots.append(lot)
        self.hold.wait(PATIENCE)
        if 13 in lot:
            raise ZeroDivisionError
        return [f"fate of {one}" for one in lot if one != 17]

    def wish(self, number: int) -> Any:
        with self.turn.taken() as mine:
            return self.turn.gathered(mine, number // 1000, number, self.do)

    def standing(self, number: int) -> None:
        """Until so many stand in line."""
        until(lambda: len(self.turn._waiting) >= number)


@pytest.mark.usefixtures("patient")
def test_what_is_wished_at_once_is_done_at_once_and_each_has_its_own_fate() -> None:
    at = Wishes(Turn(4, soon=PATIENCE))
    with ThreadPoolExecutor(9) as pool:
        with at.turn.taken():
            told = [pool.submit(at.wish, number) for number in range(9)]
            at.standing(9)
        assert [one.result(PATIENCE) for one in told] == [f"fate of {number}" for number in range(9)]
    assert [sorted(lot) for lot in at.lots] == [list(range(9))]


def test_who_comes_alone_waits_for_nobody() -> None:
    at = Wishes(Turn(4))
    assert [at.wish(number) for number in range(3)] == ["fate of 0", "fate of 1", "fate of 2"]
    assert at.lots == [[0], [1], [2]]


@pytest.mark.usefixtures("patient")
def test_no_lot_is_larger_than_can_be_done_soon() -> None:
    at = Wishes(Turn(4, soon=PATIENCE))
    many = LOT + 3
    with ThreadPoolExecutor(many) as pool:
        with at.turn.taken():
            told = [pool.submit(at.wish, number) for number in range(100, 100 + many)]
            at.standing(many)
        assert len({one.result(PATIENCE) for one in told}) == many
    assert sorted(len(lot) for lot in at.lots) == [3, LOT]


@pytest.mark.usefixtures("patient")
def test_meanwhile_others_are_served_and_the_next_lot_gathers() -> None:
    at = Wishes(Turn(4, together=4))
    at.hold.clear()
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(at.wish, 0)
        until(lambda: bool(at.lots))
        rest = [pool.submit(at.wish, number) for number in range(1, 6)]
        until(lambda: len(at.turn._aside) == 5)
        with at.turn.taken():
            assert at.lots == [[0]]
        at.hold.set()
        assert {one.result(PATIENCE) for one in (first, *rest)} == {f"fate of {n}" for n in range(6)}
    assert sorted(map(sorted, at.lots)) == [[0], [1, 2, 3, 4, 5]]


def test_a_wish_waits_for_no_endless_line() -> None:
    """Pages come without end; the wish is done all the same, and soon."""
    at, stop = Wishes(Turn(1, soon=PATIENCE)), threading.Event()

    def pages() -> None:
        while not stop.is_set():
            with at.turn.taken():
                time.sleep(0.002)

    with ThreadPoolExecutor(9) as pool:
        for _ in range(8):
            pool.submit(pages)
        try:
            assert pool.submit(at.wish, 1).result(PATIENCE) == "fate of 1"
        finally:
            stop.set()


@pytest.mark.usefixtures("patient")
def test_what_breaks_is_told_to_all_and_holds_up_nobody_after() -> None:
    at = Wishes(Turn(1, soon=PATIENCE))
    with ThreadPoolExecutor(3) as pool:
        with at.turn.taken():
            told = [pool.submit(at.wish, number) for number in (12, 13, 14)]
            at.standing(3)
        assert {type(one.result(PATIENCE)) for one in told} == {ZeroDivisionError}
    assert at.wish(15) == "fate of 15"


@pytest.mark.usefixtures("patient")
def test_a_fate_too_few_is_told_to_all_and_leaves_nobody_waiting() -> None:
    at = Wishes(Turn(1, soon=PATIENCE))
    with ThreadPoolExecutor(3) as pool:
        with at.turn.taken():
            told = [pool.submit(at.wish, number) for number in (16, 17, 18)]
            at.standing(3)
        assert {type(one.result(PATIENCE)) for one in told} == {RuntimeError}
    assert at.wish(19) == "fate of 19"


@pytest.mark.usefixtures("patient")
def test_what_is_wished_about_something_else_waits_for_none_of_it() -> None:
    at = Wishes(Turn(4, together=4))
    at.hold.clear()
    with ThreadPoolExecutor(9) as pool:
        told = [pool.submit(at.wish, number) for number in (1, 1001)]
        until(lambda: len(at.lots) == 2)
        told += [pool.submit(at.wish, number) for number in (2, 1002, 3)]
        until(lambda: len(at.turn._aside) == 3)
        at.hold.set()
        assert [one.result(PATIENCE) for one in told] == [f"fate of {n}" for n in (1, 1001, 2, 1002, 3)]
    assert sorted(map(sorted, at.lots)) == [[1], [2, 3], [1001], [1002]]


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("sqlite:////var/lib/deliberate.db", True),
        ("postgresql+psycopg://app@/deliberate?host=/run/postgresql", True),
        ("postgresql+psycopg:///deliberate", True),
        ("postgresql+psycopg://app@localhost:5433/deliberate", True),
        ("postgresql+psycopg://app@127.0.0.1/deliberate", True),
        ("postgresql+psycopg://app@localhost.example/deliberate", False),
        ("postgresql+psycopg://app@10.0.0.7/deliberate", False),
        ("postgresql+psycopg://app@/deliberate?host=10.0.0.7", False),
    ],
)
def test_a_store_on_this_machine_is_known_by_its_address(url: str, near: bool) -> None:
    assert is_near(url) is near
