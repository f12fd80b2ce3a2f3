"""Writers to one file of SQLite stand in line, whichever process they are of.

SQLite lets only one write at a time, and whoever comes meanwhile sleeps and tries again: with two processes that
write much, the unlucky wait half a second while the file is free. Here they are woken in the order in which they came.
It is a courtesy and no lock: SQLite keeps every rule of its own without it, against programs that know no line too.
"""

import fcntl
import os
import threading
from pathlib import Path
from types import TracebackType

BESIDE = "-line"
"""What the name of the file that is waited at has more than the store's. SQLite's own locks would not survive that
another descriptor of the store itself is closed."""


class OneWriter:
    """`with` it around a writing transaction; one within another, of the same thread, goes straight on."""

    def __init__(self, store: str | None) -> None:
        self._path = Path(store + BESIDE) if store and store != ":memory:" else None
        self._of_this_process, self._within = threading.RLock(), 0
        self._at: int | None = None
        self._opened_by = 0

    def __enter__(self) -> None:
        self._of_this_process.acquire()
        if not self._within and (at := self._place()) is not None:
            fcntl.flock(at, fcntl.LOCK_EX)
        self._within += 1

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._within -= 1
        if not self._within and self._at is not None:
            fcntl.flock(self._at, fcntl.LOCK_UN)
        self._of_this_process.release()

    def close(self) -> None:
        """Let the file go; it is opened again by the next writer."""
        with self._of_this_process:
            if self._at is not None and not self._within:
                os.close(self._at)
                self._at = None

    def _place(self) -> int | None:
        """The file, opened by this very process: what was opened before a fork is held by both together."""
        if self._path is not None and (self._at is None or self._opened_by != os.getpid()):
            self._opened_by = os.getpid()
            try:
                self._at = os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError:  # of another user: SQLite alone decides, as it does among strangers
                self._at = None
        return self._at
