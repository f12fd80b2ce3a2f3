"""What a builder wrote once, written again: its statements without the deeds that thought of them.

A round is opened by dozens of deeds and questions, and most tests begin with one. The first of them in a process, on
either store, goes through the deeds; the others send the same statements to an empty store of their own, where the
guards judge them as before, and get copies of the things that were made.
"""

import pickle
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import event, make_url, text
from sqlalchemy.orm import Session

from deliberate.db import Database, Transaction
from deliberate.models.base import Base
from deliberate.services import rolls_of_rounds
from tests import lending, make

EMPTY = text("SELECT NOT EXISTS (SELECT 1 FROM account) AND NOT EXISTS (SELECT 1 FROM community)")
WRITES = ("INSERT", "UPDATE", "DELETE")
CONNECTION = "deliberate.connection"
"""Kept in the session's notes for its own use; everything else there is what the commit still has to do."""
UNPATCHED = (make._serial, rolls_of_rounds.new_slot)

P = ParamSpec("P")
Made = TypeVar("Made")


@dataclass
class Written:
    """What a builder sent to the store, what it gave back, and what it left for the commit."""

    statements: list[tuple[str, Any, bool]] = field(default_factory=list)
    whole: bool = True
    left: bytes = b""

    def hear(self, _connection: Any, _cursor: Any, sql: str, values: Any, _more: Any, many: bool) -> None:
        self.whole = self.whole and not sql.startswith("ROLLBACK")
        if sql.startswith(WRITES):
            lots = many and not isinstance(values, dict) and isinstance(values[0], tuple | dict)
            self.statements.append((sql, values, lots))


_kept: dict[tuple[Any, ...], Written] = {}


def replayed(build: Callable[P, Made]) -> Callable[P, Made]:
    """For builders of a session, or a transaction, and of plain values."""

    @wraps(build)
    def again(*given: P.args, **named: P.kwargs) -> Made:
        begun: Any = given[0]
        session = begun.session if isinstance(begun, Transaction) else begun
        if not _untouched(session):
            return build(*given, **named)
        values = (getattr(begun, "now", None), given[1:], sorted(named.items()))
        key = (build, session.get_bind().dialect.name, pickle.dumps(values))
        if key in _kept:
            return _write(session, _kept[key])  # type: ignore[no-any-return]
        with _listening(session) as written:
            made = build(*given, **named)
            session.flush()
        written.left = pickle.dumps((made, _notes(session)))
        if written.whole:
            _kept[key] = written
        return made

    return again


def _untouched(session: Session) -> bool:
    """An empty store, nothing to be written yet, and nobody has patched what tells things apart."""
    unpatched = (make._serial, rolls_of_rounds.new_slot) == UNPATCHED
    return unpatched and not _notes(session) and bool(session.scalar(EMPTY))


def _notes(session: Session) -> dict[str, Any]:
    return {name: value for name, value in session.info.items() if name != CONNECTION}


@contextmanager
def _listening(session: Session) -> Iterator[Written]:
    written, connection = Written(), session.connection()
    event.listen(connection, "before_cursor_execute", written.hear)
    try:
        yield written
    finally:
        event.remove(connection, "before_cursor_execute", written.hear)


def _write(session: Session, written: Written) -> Any:
    connection = session.connection()
    cursor = connection.connection.cursor()
    for sql, values, many in written.statements:
        for hear in connection.dispatch.before_cursor_execute:
            hear(connection, cursor, sql, values, None, many)
        (cursor.executemany if many else cursor.execute)(sql, values)
    cursor.close()
    made, notes = pickle.loads(written.left)
    session.info.update(notes)
    session.add_all(_rows(made))
    return made


def _rows(made: Any) -> Iterator[Base]:
    """Every row among what was made."""
    if isinstance(made, Base):
        yield made
    elif is_dataclass(made):
        for one in fields(made):
            yield from _rows(getattr(made, one.name))
    elif isinstance(made, list | tuple):
        for part in made:
            yield from _rows(part)


_stores: dict[tuple[Any, ...], tuple[sqlite3.Connection, bytes, datetime]] = {}


def built_once(build: Callable[Concatenate[Database, make.Clock, P], Made]) -> Callable[..., Made]:
    """For builders of several transactions in a store and under a clock that nobody used: later ones get copies."""

    @wraps(build)
    def copied(database: Database, clock: make.Clock, *given: P.args, **named: P.kwargs) -> Made:
        if not database.url.startswith("sqlite") or not _unused(database):
            return build(database, clock, *given, **named)
        path, key = (
            Path(str(make_url(database.url).database)),
            (build, clock.at, pickle.dumps((given, named))),
        )
        if key not in _stores:
            made = build(database, clock, *given, **named)
            _stores[key] = lending.kept(path), pickle.dumps(made), clock.at
            return made
        store, made_then, clock.at = _stores[key]
        lending.put_back(path, store)
        return pickle.loads(made_then)  # type: ignore[no-any-return]

    return copied


def _unused(database: Database) -> bool:
    with database.reading() as session:
        return (make._serial, rolls_of_rounds.new_slot) == UNPATCHED and bool(session.scalar(EMPTY))
