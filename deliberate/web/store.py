"""The store as pages see it: one reading session per request, and writing transactions."""

from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeVar

from flask import current_app, g, request
from sqlalchemy.orm import Session

from deliberate.config import Config
from deliberate.db import NO_LOCK, Database, Lock, Transaction
from deliberate.storage import Storage, storage_of

from .turns import MINE

Wish = TypeVar("Wish")
Fate = TypeVar("Fate")


def database() -> Database:
    """The store of this application."""
    store: Database = current_app.extensions["deliberate.db"]
    return store


def reader() -> Session:
    """The reading session of this request; what it sees does not change meanwhile."""
    if "reader" not in g:
        g.reader = database().reading()
    session: Session = g.reader
    return session


def transaction(lock: Lock = NO_LOCK) -> AbstractContextManager[Transaction]:
    """A writing transaction. What was read before is let go, so that pages after it read anew."""
    close_reader()
    return database().transaction(lock)


def gathered(about: Hashable, wish: Wish, do: Callable[[list[Wish]], Sequence[Fate | Exception]]) -> Fate:
    """Do this with what others wish about the same at this moment (`turns.Turn.gathered`)."""
    close_reader()
    together = request.environ.get(MINE)
    fate: Fate | BaseException = together(about, wish, do) if together else do([wish])[0]
    if isinstance(fate, BaseException):
        raise fate
    return fate


def roll_transaction(lock: Lock = NO_LOCK) -> AbstractContextManager[Transaction]:
    """A writing transaction of a deed on the roll, through the registrar's role where the store has roles."""
    close_reader()
    return database().roll_transaction(lock)


def now() -> datetime:
    """The moment of this request, for showing; deeds use the transaction's."""
    if "now" not in g:
        g.now = database().clock()
    moment: datetime = g.now
    return moment


def config() -> Config:
    """What the operator decided."""
    settings: Config = current_app.extensions["deliberate.config"]
    return settings


def files() -> Storage:
    """Where evidence, pictures and the other files are."""
    return storage_of(config())


def close_reader(_: BaseException | None = None) -> None:
    """Close the reading session of this request, if any."""
    session = g.pop("reader", None)
    if session is not None:
        session.close()
