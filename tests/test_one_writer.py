"""Writers to SQLite stand in line, of whatever process; who dies or fails holds up nobody."""

import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from deliberate.one_writer import BESIDE, OneWriter

PATIENCE = 20
STAYS = """
import sys
from deliberate.one_writer import OneWriter
with OneWriter(sys.argv[1]):
    print("within", flush=True)
    sys.stdin.read()
"""
Other = subprocess.Popen[bytes]


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "store.db")


def _elsewhere(store: str) -> Other:
    other = subprocess.Popen(
        [sys.executable, "-c", STAYS, store], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"within\n"
    return other


def _comes_in(line: OneWriter) -> tuple[threading.Thread, threading.Event]:
    came = threading.Event()

    def come() -> None:
        with line:
            came.set()

    waits = threading.Thread(target=come)
    waits.start()
    return waits, came


def _goes(other: Other) -> None:
    assert other.stdin is not None
    other.stdin.close()


@pytest.mark.parametrize("leaves", [_goes, subprocess.Popen.kill])
def test_another_process_is_waited_for_until_it_leaves_or_dies(
    leaves: Callable[[Other], None], store: str
) -> None:
    with _elsewhere(store) as other:
        waits, came = _comes_in(OneWriter(store))
        assert not came.wait(0.2)
        leaves(other)
        assert came.wait(PATIENCE)
        waits.join()


def test_one_within_another_goes_straight_on_and_the_line_is_free_behind_the_outer(store: str) -> None:
    line = OneWriter(store)
    with line:
        with line:
            pass
        waits, came = _comes_in(line)
        stranger = os.open(store + BESIDE, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(stranger, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert not came.is_set()
    waits.join()
    fcntl.flock(stranger, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(stranger)


def test_who_fails_leaves_the_line(store: str) -> None:
    line = OneWriter(store)
    with pytest.raises(ZeroDivisionError), line:
        raise ZeroDivisionError
    waits, came = _comes_in(OneWriter(store))
    assert came.wait(PATIENCE)
    waits.join()
    line.close()
    with line:
        pass


def test_what_was_opened_before_a_fork_is_opened_again_behind_it(store: str) -> None:
    line = OneWriter(store)
    with line:
        pass
    before = line._at
    child = os.fork()
    if child == 0:
        with line:
            os._exit(0 if os.fstat(line._at or 0).st_ino and line._at != before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_without_a_file_that_may_be_read_sqlite_alone_decides(tmp_path: Path) -> None:
    with OneWriter(str(tmp_path / "nowhere" / "store.db")), OneWriter(None), OneWriter(":memory:"):
        pass
    assert list(tmp_path.iterdir()) == []
