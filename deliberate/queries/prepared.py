"""Statements that every request asks, put together once and handed straight to the driver.

SQLAlchemy's own way to the driver costs several times what SQLite takes for such a statement. These are compiled by
it as ever – same types, same dialects – and run on the session's connection, in its transaction; what the driver
refuses is raised as SQLAlchemy raises it. For hot paths only: nothing here knows of entities or of the identity map.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, Dialect, Insert, Table, bindparam, event, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]
_KEPT = "deliberate.connection"
LOT = 16
"""Rows that one insert takes on SQLite, which copies every page that a statement with guards changes: an insert of each
row alone would have the same pages copied again and again."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as one kind of store takes it."""

    sql: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    """Values that stand in the statement itself."""
    positional: bool
    before: Mapping[str, Convert]
    after: tuple[Convert | None, ...]
    lot: str = ""
    """The same for `LOT` rows at once, where that is cheaper."""

    def values(self, given: Mapping[str, Any]) -> Any:
        """What the driver is given."""
        known = {**self.fixed, **given} if self.fixed else given
        before = self.before
        ready = [before[name](known[name]) if name in before else known[name] for name in self.names]
        return tuple(ready) if self.positional else dict(zip(self.names, ready, strict=True))

    def lots(self, given: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The same for many rows, column by column: what stands in each of them is converted once."""
        columns = [_column(self, name, given) for name in self.names]
        rows = list(zip(*columns, strict=True))
        return rows if self.positional else [dict(zip(self.names, row, strict=True)) for row in rows]


def _column(ready: _Ready, name: str, given: Sequence[Mapping[str, Any]]) -> list[Any]:
    convert = ready.before.get(name)
    if name in ready.fixed:
        value = ready.fixed[name]
        return [convert(value) if convert else value] * len(given)
    if convert is None:
        return [row[name] for row in given]
    made, last, kept = [], object(), None
    for row in given:
        value = row[name]
        if value is not last:
            last, kept = value, convert(value)
        made.append(kept)
    return made


class Prepared:
    """One statement; its parameters are `bindparam`s."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._ready: dict[str, _Ready] = {}

    def rows(self, session: Session, **given: Any) -> list[tuple[Any, ...]]:
        """What it finds, each value of its column's kind."""
        ready, cursor = self._run(session, given)
        try:
            found = cursor.fetchall()
        finally:
            cursor.close()
        after = ready.after
        if not any(after):
            return list(found)
        return [tuple(f(v) if f else v for f, v in zip(after, row, strict=True)) for row in found]

    def first(self, session: Session, **given: Any) -> tuple[Any, ...] | None:
        """The first row, if any."""
        return next(iter(self.rows(session, **given)), None)

    def do(self, session: Session, given: Mapping[str, Any]) -> None:
        """For what gives no rows."""
        self._run(session, given)[1].close()

    def each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """The same statement once for each of these, in their order."""
        if not rows:
            return
        connection, ready = self._at(session)
        values, whole = ready.lots(rows), len(rows) - len(rows) % LOT if ready.lot else 0
        if whole:
            lots = [tuple(chain.from_iterable(values[n : n + LOT])) for n in range(0, whole, LOT)]
            _execute(connection, ready.lot, lots, many=True).close()
        if whole < len(values):
            _execute(connection, ready.sql, values[whole:], many=True).close()

    def number(self, session: Session, given: Mapping[str, Any]) -> int:
        """For an insert that returns the number of its row."""
        _, cursor = self._run(session, given)
        try:
            return int(cursor.fetchone()[0])
        finally:
            cursor.close()

    def _run(self, session: Session, given: Mapping[str, Any]) -> tuple[_Ready, Any]:
        connection, ready = self._at(session)
        return ready, _execute(connection, ready.sql, ready.values(given), many=False)

    def _at(self, session: Session) -> tuple[Connection, _Ready]:
        """The session's connection, and the statement as it takes it."""
        if session.autoflush and not session._is_clean():
            session.flush()
        connection: Connection = session.info.get(_KEPT) or _connection(session)
        dialect = connection.dialect
        return connection, self._ready.get(dialect.name) or self._made(dialect)

    def _made(self, dialect: Dialect) -> _Ready:
        compiled = cast(SQLCompiler, self._statement.compile(dialect=dialect))
        names = tuple(compiled.positiontup or compiled.binds)
        fixed = {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required}
        ready = _Ready(
            str(compiled),
            names,
            fixed,
            compiled.positional,
            dict(compiled._bind_processors),  # type: ignore[arg-type]
            tuple(column.type._cached_result_processor(dialect, None) for column in compiled._result_columns),
            _of_lot(compiled) if dialect.name == "sqlite" else "",
        )
        self._ready[dialect.name] = ready
        return ready


def _execute(connection: Connection, sql: str, values: Any, *, many: bool) -> Any:
    """The driver's cursor, once it is done."""
    cursor = connection.connection.cursor()
    for hear in connection.dispatch.before_cursor_execute:
        hear(connection, cursor, sql, values, None, many)
    try:
        (cursor.executemany if many else cursor.execute)(sql, values)
    except Exception as error:
        cursor.close()
        _raise(connection, sql, values, error)
    return cursor


def _of_lot(compiled: SQLCompiler) -> str:
    """The insert of one row as one of many; nothing for any other statement."""
    if not isinstance(compiled.statement, Insert) or compiled.effective_returning:
        return ""
    into, row = str(compiled).split(" VALUES ")
    return f"{into} VALUES {', '.join([row] * LOT)}"


def _connection(session: Session) -> Connection:
    """Of the session's transaction, or savepoint; to find it costs more than to ask it, so it is kept meanwhile."""
    connection = session.connection()  # begins the transaction, or sets the savepoint
    session.info[_KEPT] = connection
    return connection


def forget(session: Session) -> None:
    """The connection is not the session's any more."""
    session.info.pop(_KEPT, None)


@event.listens_for(Session, "after_transaction_create")
@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, _transaction: object) -> None:
    forget(session)


class Listed:
    """A question about many values at once, put together once: `question` is given a list to be asked `in_`.

    They are asked in lots of one size; what is lacking to a lot is its last value once more.
    """

    def __init__(self, question: Callable[[Sequence[Any]], ClauseElement]) -> None:
        self._asked = {size: _of_size(question, size) for size in (8, 64)}

    def rows(self, session: Session, values: Collection[Any], **given: Any) -> list[tuple[Any, ...]]:
        """What it finds for all of them; nothing is asked about nothing."""
        rest, found = list(values), []
        while rest:
            size = 8 if len(rest) <= 8 else 64
            lot, rest = rest[:size], rest[size:]
            lot += lot[-1:] * (size - len(lot))
            asked = {f"listed_{n}": value for n, value in enumerate(lot)}
            found += self._asked[size].rows(session, **asked, **given)
        return found


def _of_size(question: Callable[[Sequence[Any]], ClauseElement], size: int) -> Prepared:
    return Prepared(question([bindparam(f"listed_{n}") for n in range(size)]))


def adding(table: Any, *columns: str, numbered: bool = False) -> Prepared:
    """One row with these columns; `numbered` gives its number."""
    its: Table = table.__table__
    statement = insert(its).values({name: bindparam(name, type_=its.c[name].type) for name in columns})
    return Prepared(statement.returning(*its.primary_key.columns) if numbered else statement)


def _raise(connection: Connection, sql: str, values: Sequence[Any], error: Exception) -> None:
    driver = connection.dialect.loaded_dbapi.Error
    if isinstance(error, driver):
        raise DBAPIError.instance(sql, values, error, driver, dialect=connection.dialect) from error
    raise error
