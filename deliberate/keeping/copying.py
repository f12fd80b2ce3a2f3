"""A living community moved to another kind of store: SQLite to PostgreSQL, or back.

The source is held still while it is read, whoever wants to write waits or is refused; the target is filled in one
transaction, table by table in the order of their references, its guards taken away before and set anew behind. It
is committed only when every row was read back as it was sent, and every ledger works out to its heads.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import JSON, Column, Connection, Enum, String, Table, Text, func, select, type_coerce
from sqlalchemy import cast as cast_to
from sqlalchemy.exc import DBAPIError

from deliberate.migrate import NotMigrated, upgrade
from deliberate.models.guards import install, remove
from deliberate.models.guards.roles import regrant
from deliberate.revisions import newest_revision

from . import stores
from .stores import NotKept

AT_ONCE = 1000
Row = tuple[Any, ...]
Say = Callable[[str], None]
IN_USE = "the store {0} is in use: stop the application and the worker first, they would go on writing to it"


@dataclass(frozen=True, slots=True)
class Copied:
    """A table as it went over: rows, and the digest of their contents."""

    table: str
    rows: int
    sha256: str


def copy(source_url: str, target_url: str, say: Say) -> list[Copied]:
    """Move everything; NotKept when it may not be done or did not come out the same, and the target is as it was."""
    if source_url == target_url:
        raise NotKept("source and target are the same store")
    with held_still(source_url) as source:
        _prepare(target_url)
        with stores.opened(target_url, begin="BEGIN IMMEDIATE") as target, target.begin():
            _refuse_filled(target)
            remove(target)
            done = [_table(source, target, table, say) for table in stores.tables()]
            _number(target)
            install(target)
            regrant(target)
            _compare(source, target)
    _settle(target_url)
    return done


@contextmanager
def held_still(url: str) -> Iterator[Connection]:
    """The store as it is now; nobody else has it open, and nobody writes meanwhile."""
    if stores.is_sqlite(url) and not stores.file_of(url).is_file():
        raise NotKept(f"there is no {stores.file_of(url)}")
    with stores.opened(url, begin="BEGIN IMMEDIATE") as connection:
        _alone(connection, url)
        with connection.begin():
            if not stores.is_sqlite(url):
                _lock(connection)
            if stores.revision(connection) != newest_revision():
                raise NotKept(
                    "the source has not the tables of this program; run `deliberate migrate` on it first"
                )
            yield connection


def _alone(connection: Connection, url: str) -> None:
    """SQLite leaves its journal beside the file only while nobody else has it open; PostgreSQL tells.

    Who is no superuser is told that others are there, and not what they are.
    """
    if stores.is_sqlite(url):
        raw = cast(Any, connection.connection.driver_connection)
        try:
            raw.execute("PRAGMA journal_mode = DELETE")
            raw.execute("PRAGMA journal_mode = WAL")
        except raw.OperationalError as error:
            raise NotKept(IN_USE.format(stores.file_of(url))) from error
        return
    connection.execution_options(isolation_level="REPEATABLE READ")
    with connection.begin():
        others = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND coalesce(backend_type, 'client backend') = 'client backend' "
            "AND usesysid IS NOT NULL AND pid <> pg_backend_pid()"  # nobody's are the server's own, such as VACUUM
        ).scalar_one()
    if others:
        raise NotKept(IN_USE.format(connection.engine.url.database))


def _lock(connection: Connection) -> None:
    every = ", ".join(table.name for table in stores.tables())
    try:
        connection.exec_driver_sql(f"LOCK TABLE {every} IN SHARE MODE NOWAIT")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "55P03":
            raise NotKept(IN_USE.format(connection.engine.url.database)) from error
        raise


def _prepare(url: str) -> None:
    """Today's tables, guards and all; on a store that has rows nothing is touched."""
    with stores.opened(url) as connection:
        if stores.revision(connection) is not None:
            if stores.revision(connection) == newest_revision():
                _refuse_filled(connection)
            else:
                raise NotKept("the target has tables of another time; name an empty store")
    try:
        upgrade(url)
    except NotMigrated as error:
        raise NotKept(str(error)) from error


def _refuse_filled(target: Connection) -> None:
    filled = [name for name, rows in stores.counts(target).items() if rows]
    if filled:
        raise NotKept(f"the target is not empty: {', '.join(filled[:3])} … ; name an empty store")


def _table(source: Connection, target: Connection, table: Table, say: Say) -> Copied:
    """Send every row, read them back, compare."""
    sent, digest = 0, hashlib.sha256()

    def passing() -> Iterator[Row]:
        nonlocal sent
        for row in _rows(source, table):
            digest.update(repr(row).encode())
            sent += 1
            yield row

    _fill(target, table, passing())
    arrived, back = 0, hashlib.sha256()
    for row in _rows(target, table):
        back.update(repr(row).encode())
        arrived += 1
    if (arrived, back.digest()) != (sent, digest.digest()):
        raise NotKept(
            f"{table.name}: {sent} rows were sent and {arrived} are there, not the same; nothing was kept"
        )
    say(f"{table.name:24} {sent:>10} {arrived:>10}  {digest.hexdigest()[:16]}")
    return Copied(table.name, sent, digest.hexdigest())


def _rows(connection: Connection, table: Table) -> Iterator[Row]:
    """In the order of the key; JSON as it is written, words as words, so that both stores say the same."""
    asked = select(*map(_plain, table.columns)).order_by(*stores.in_order(connection, table))
    for row in connection.execute(asked.execution_options(yield_per=AT_ONCE)):
        yield tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)


def _plain(column: Column[Any]) -> Any:
    if isinstance(column.type, JSON):
        return cast_to(column, Text).label(column.name)
    if isinstance(column.type, Enum):
        return type_coerce(column, String).label(column.name)
    return column


def _fill(target: Connection, table: Table, rows: Iterable[Row]) -> None:
    """PostgreSQL takes a table in one statement, so that rows may refer to later ones; SQLite looks at the end."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    writers = [_writer(target, column) for column in table.columns]
    ready = (tuple(write(v) for write, v in zip(writers, row, strict=True)) for row in rows)
    raw = cast(Any, target.connection.driver_connection)
    if target.dialect.name == "postgresql":
        with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as sink:
            for row in ready:
                sink.write_row(row)
        return
    places = ", ".join("?" for _ in table.columns)
    raw.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', ready)  # noqa: S608 – our own names


def _writer(target: Connection, column: Column[Any]) -> Callable[[Any], Any]:
    """As the store wants the value handed in."""
    if isinstance(column.type, JSON | Enum):
        return _as_it_is
    return column.type.dialect_impl(target.dialect).bind_processor(target.dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _number(target: Connection) -> None:
    """PostgreSQL goes on counting where the source was."""
    if target.dialect.name != "postgresql":
        return
    for table in stores.tables():
        numbered = table.autoincrement_column
        if numbered is None:
            continue
        if last := target.execute(select(func.max(numbered))).scalar():
            of = func.pg_get_serial_sequence(table.name, numbered.name)
            target.execute(select(func.setval(of, last)))


def _compare(source: Connection, target: Connection) -> None:
    """Rows, references, newest heads, and every ledger worked out from its leaves."""
    if stores.counts(source) != stores.counts(target) or stores.heads(source) != stores.heads(target):
        raise NotKept("source and target do not say the same; nothing was kept")
    if target.dialect.name == "sqlite" and target.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise NotKept("records would be without their parents; nothing was kept")
    if faults := stores.faults_of_ledgers(target):
        raise NotKept(f"the ledger does not work out: {'; '.join(faults)}; nothing was kept")


def _settle(url: str) -> None:
    """PostgreSQL plans by what it counted; SQLite keeps what it has in one file."""
    with stores.opened(url) as connection:
        if stores.is_sqlite(url):
            return
        with connection.begin():
            connection.exec_driver_sql("ANALYZE")
