"""One worker at a time: others stand by, and one of them takes over when the first is gone.

On PostgreSQL a lock that the server lets go of with the connection, wherever the process ran; on SQLite a lock on a
file beside the store, which the kernel lets go of with the process.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from deliberate.db import Database

KEY = 0x64656C6962
"""Of the lock within the database."""


class Turnstile(Protocol):
    """Lets one worker through."""

    def mine(self) -> bool:
        """Whether it is this process's turn; asked before every turn."""

    def leave(self) -> None:
        """Let the next one through."""


class OfServer:
    """A lock of PostgreSQL, held by a connection of its own."""

    def __init__(self, store: Database) -> None:
        self._engine = store.engine
        self._connection: Connection | None = None
        self._driver: Any = None
        """Closed by hand: what the server ended is not always given back."""

    def mine(self) -> bool:
        """Held, or taken now. After the server was away it is taken anew, since the server forgot it."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                self._driver = self._connection.connection.driver_connection
                self._connection.detach()
                return self._try()
            return bool(self._connection.scalar(text(_HELD), {"key": KEY})) or self._try()
        except SQLAlchemyError:
            self.leave()
            return False

    def _try(self) -> bool:
        assert self._connection is not None  # noqa: S101 - both callers made sure
        return bool(self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": KEY}))

    def leave(self) -> None:
        """The lock goes with the connection at the latest, and at once where the server hears it."""
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.scalar(text("SELECT pg_advisory_unlock(:key)"), {"key": KEY})
            self._connection.close()
            self._driver.close()
            self._connection = None


_HELD = (
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() "
    "AND (classid::bigint << 32) + objid::bigint = :key)"
)


class OfFile:
    """A lock on a file beside the store."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def mine(self) -> bool:
        """Held, or taken now."""
        if self._file is not None:
            return True
        file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def leave(self) -> None:
        """Let go of it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def turnstile(store: Database) -> Turnstile:
    """The one of this kind of store."""
    if store.url.startswith("sqlite"):
        return OfFile(Path(store.url.partition(":///")[2] + ".worker"))
    return OfServer(store)
