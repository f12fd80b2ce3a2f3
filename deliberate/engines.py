"""How the stores are connected to: pools of connections, and what each connection is told first.

No error of a store quotes what was sent to it (`hide_parameters`), wherever it is printed.

SQLite has connections of its own for reading and for writing, since changing `query_only` makes one forget all it has
prepared.
"""

import time
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

from deliberate.models.guards.authorizer import confine

from . import own_store

AT_WORK, MORE = 8, 4
"""Requests that one process works on (`web.turns`), and one more, so that one can always write: their connections are
kept. And those that are opened beyond, for what is still being sent."""

USED_AT = "used at"
IDLE = 1.0
"""Seconds after which a connection to PostgreSQL is asked whether it is still one before it is used again."""


def connected(url: str, writes: bool = False) -> Engine:
    """A store's connections; for SQLite either those that write or those that cannot."""
    if not url.startswith("sqlite"):
        # the one that was used last has its statements prepared, and need not be asked whether it lives
        made = create_engine(
            url, pool_size=AT_WORK, max_overflow=MORE, pool_use_lifo=True, hide_parameters=True
        )
        event.listen(made, "checkin", _note_when)
        event.listen(made, "checkout", lambda raw, record, _: _ask_after_rest(made, raw, record))
        return made
    settings = {"timeout": 30, "cached_statements": 512}
    # the connection that was used last knows what it read; those that only a crowd needed rest
    made = own_store.kept(
        create_engine(
            url,
            poolclass=QueuePool,
            pool_size=AT_WORK,
            pool_use_lifo=True,
            connect_args=settings,
            hide_parameters=True,
        )
    )
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "connect", _confine_to_writing if writes else _confine_to_reading)
    event.listen(made, "begin", _begin_writing if writes else _begin_reading)
    return made


def is_near(url: str) -> bool:
    """Whether the store is on this machine: a process that asks it hardly waits for the way there and back."""
    at = make_url(url)
    host = str(at.host or at.query.get("host", "localhost"))
    return url.startswith("sqlite") or host in ("localhost", "::1") or host.startswith(("127.", "/"))


def is_deadlock(error: DBAPIError) -> bool:
    """Whether PostgreSQL has chosen this transaction of several that waited for one another in a circle."""
    return getattr(error.orig, "sqlstate", None) == "40P01"


def _note_when(_raw: Any, record: Any) -> None:
    record.info[USED_AT] = time.monotonic()


def _ask_after_rest(engine: Engine, raw: Any, record: Any) -> None:
    """A server that was started again meanwhile is found before anything was asked of it; the others go too."""
    used: float | None = record.info.get(USED_AT)
    if used is None or time.monotonic() - used < IDLE:
        return
    try:
        engine.dialect.do_ping(raw)
    except engine.dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _confine_to_reading(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA query_only = ON")
    confine(connection)


def _confine_to_writing(connection: Any, _: Any) -> None:
    # a page is copied before a statement with guards changes it; in a savepoint all these copies are kept
    connection.execute("PRAGMA temp_store = MEMORY")
    confine(connection)


def _begin_reading(connection: Connection) -> None:
    _plainly(connection, "BEGIN")


def _begin_writing(connection: Connection) -> None:
    _plainly(connection, "BEGIN IMMEDIATE")


def _plainly(connection: Connection, statement: str) -> None:
    """Straight to the driver: nothing of SQLAlchemy is wanted, and it is asked twice in every request."""
    raw: Any = connection.connection.driver_connection
    raw.execute(statement)
