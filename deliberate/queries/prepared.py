"""Statements that every request asks, put together once and handed straight to the driver.

SQLAlchemy's own way to the driver costs several times what SQLite takes for such a statement. These are compiled by
it as ever – same types, same dialects – and run on the session's connection, in its transaction; what the driver
refuses is raised as SQLAlchemy raises it. For hot paths only: nothing here knows of entities or of the identity map.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, Dialect, Table, bindparam, event, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]
_KEPT = "deliberate.connection"


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

    def values(self, given: Mapping[str, Any]) -> Any:
        """What the driver is given."""
        known = {**self.fixed, **given} if self.fixed else given
        before = self.before
        ready = [before[name](known[name]) if name in before else known[name] for name in self.names]
        return tuple(ready) if self.positional else dict(zip(self.names, ready, strict=True))


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

    def number(self, session: Session, given: Mapping[str, Any]) -> int:
        """For an insert that returns the number of its row."""
        _, cursor = self._run(session, given)
        try:
            return int(cursor.fetchone()[0])
        finally:
            cursor.close()

    def _run(self, session: Session, given: Mapping[str, Any]) -> tuple[_Ready, Any]:
        if session.autoflush and not session._is_clean():
            session.flush()
        connection = session.info.get(_KEPT) or _connection(session)
        dialect = connection.dialect
        ready = self._ready.get(dialect.name) or self._made(dialect)
        values = ready.values(given)
        cursor = connection.connection.cursor()
        for hear in connection.dispatch.before_cursor_execute:
            hear(connection, cursor, ready.sql, values, None, False)
        try:
            cursor.execute(ready.sql, values)
        except Exception as error:
            cursor.close()
            _raise(connection, ready.sql, values, error)
        return ready, cursor

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
        )
        self._ready[dialect.name] = ready
        return ready


def _connection(session: Session) -> Connection:
    """Of the session's transaction, or savepoint; to find it costs more than to ask it, so it is kept meanwhile."""
    connection = session.connection()  # begins the transaction, or sets the savepoint
    session.info[_KEPT] = connection
    return connection


@event.listens_for(Session, "after_transaction_create")
@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, _transaction: object) -> None:
    session.info.pop(_KEPT, None)


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
