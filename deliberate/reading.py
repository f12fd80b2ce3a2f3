"""Sessions that only read, and how what only read is ended."""

from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from deliberate.queries import prepared


class WriteRefused(RuntimeError):
    """A reading session was asked to write."""


class ReadingSession(Session):
    """A session that refuses to write.

    What is put together once is asked of its connection alone; the session itself begins when entities are wanted.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(autoflush=False)
        self._engine = engine
        self._own: Connection | None = None

    def get_bind(self, *_about: Any, **_how: Any) -> Connection:
        """The one connection of this session, in a transaction."""
        if self._own is None:
            self._own = self._engine.connect()
            self._own.begin()
        return self._own

    def connection(self, *about: Any, **how: Any) -> Connection:
        """The same, for whoever needs no more of the session."""
        return super().connection(*about, **how) if self.in_transaction() else self.get_bind()

    def close(self) -> None:
        """With its connection; used again it has another."""
        super().close()
        prepared.forget(self)
        own, self._own = self._own, None
        if own is not None:
            end(own)
            own.close()


@event.listens_for(ReadingSession, "before_flush")
def _refuse_flush(session: Session, *_: Any) -> None:
    if session.new or session.dirty or session.deleted:
        raise WriteRefused("a page that only reads tried to write")


def end(reading: Connection) -> None:
    """End what only read: rolled back, psycopg would forget all statements that it has prepared, to be planned anew."""
    if reading.dialect.name == "postgresql" and reading.in_transaction():
        with suppress(DBAPIError):  # a connection that broke is put aside by the pool
            reading.commit()
