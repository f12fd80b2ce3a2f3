"""What a store is asked, heard at the driver's door: by readers and writers, through SQLAlchemy or past it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from deliberate.db import Database


@contextmanager
def heard(database: Database) -> Iterator[list[str]]:
    """Every statement from here to the end of the block."""
    said: list[str] = []

    def hear(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    engines = {id(engine): engine for engine in (database.engine, database.writing)}.values()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", hear)
