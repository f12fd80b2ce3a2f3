"""A store of SQLite that the tests of one process have one after the other, each as if it were new.

Whoever opens a connection reads all tables and guards (10 ms), and most tests need two connections; each would then
prepare its statements, with all guards that they set off, once more. Here connections stay open from test to test,
and it is the rows that are put back: every page is written over from a store that was kept, as SQLite's own backup
does it. What a test left otherwise than it came (connections closed or not given back, tables changed, somebody
listening) is thrown away with its file.
"""

import copy
import itertools
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, Pool, QueuePool

from deliberate import db
from deliberate.db import Database
from deliberate.one_writer import OneWriter
from tests.make import Clock

HEARD = ("before_cursor_execute", "after_cursor_execute", "before_execute", "commit", "rollback")
AT_THE_POOL = ("checkout", "checkin")


def kept(store: Path) -> sqlite3.Connection:
    """A store as it is now, with what is still in its log, kept in memory until the process ends."""
    copied = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(store)) as origin:
        origin.backup(copied)
        copied.execute(f"PRAGMA schema_version = {tables_of(origin):d}")
    return copied


def put_back(store: Path, as_kept: sqlite3.Connection) -> None:
    """Write what was kept over every page of the store, under connections that stay open.

    They have its tables in mind under a number, which the backup counts up: it is set to what it was.
    """
    with closing(sqlite3.connect(store)) as over:
        as_kept.backup(over)
        over.execute(f"PRAGMA schema_version = {tables_of(as_kept):d}")


def tables_of(asked: sqlite3.Connection) -> int:
    """The number under which connections have its tables in mind."""
    number: int = asked.execute("PRAGMA schema_version").fetchone()[0]
    return number


class Lending:
    """Lends its store to one test at a time."""

    def __init__(self, empty: Path, folder: Path) -> None:
        self._empty, self._folder, self._numbers = kept(empty), folder, itertools.count(1)
        self._idle: Database | None = None

    @contextmanager
    def lent(self, clock: Clock) -> Iterator[Database]:
        """An empty store under this clock."""
        idle, self._idle = self._idle, None
        path = _file(idle) if idle else self._new_file()
        put_back(path, self._empty)
        idle = idle or Database(f"sqlite:///{path}")
        pools = _pools(idle)
        store = _as_new(idle, clock)
        try:
            yield store
        finally:
            _let_go(store)
            if self._as_it_came(store, pools, path):
                self._idle = idle
            else:
                _throw_away(store, path)

    def close(self) -> None:
        """Close what is still kept."""
        if self._idle:
            self._idle.dispose()

    def _new_file(self) -> Path:
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return folder / "deliberate.db"

    def _as_it_came(self, store: Database, pools: list[Pool], path: Path) -> bool:
        if _pools(store) != pools or not all(map(_quiet, _engines(store))):
            return False
        try:
            with closing(sqlite3.connect(path)) as asked:
                return tables_of(asked) == tables_of(self._empty)
        except sqlite3.DatabaseError:
            return False


def _file(store: Database) -> Path:
    return Path(store.engine.url.database or "")


def _engines(store: Database) -> list[Engine]:
    return [store.engine, store.writing]


def _pools(store: Database) -> list[Pool]:
    return [engine.pool for engine in _engines(store)]


def _as_new(idle: Database, clock: Clock) -> Database:
    """The same engines, nothing else of what a test may have been told or have told it."""
    store = copy.copy(idle)
    store.clock, store._name = clock, secrets.token_hex(8)
    store._version, store._turn = db._Watch(store.engine), OneWriter(store.engine.url.database)
    return store


def _let_go(store: Database) -> None:
    """Close what `dispose` closes besides the engines."""
    assert isinstance(store._version, db._Watch)
    assert store._turn
    store._version.close()
    store._turn.close()


def _quiet(engine: Engine) -> bool:
    """Every connection was given back, and nobody listens any more."""
    assert isinstance(engine.pool, QueuePool)
    heard = [bool(getattr(engine.dispatch, name)) for name in HEARD]
    heard += [bool(getattr(engine.pool.dispatch, name)) for name in AT_THE_POOL]
    return engine.pool.checkedout() == 0 and not any(heard)


def _throw_away(store: Database, path: Path) -> None:
    store.dispose()
    for file in path.parent.iterdir():
        file.unlink()
