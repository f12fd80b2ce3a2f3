"""Stores as whoever runs them opens them: one plain connection, no application between."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Engine, NullPool, String, Table, create_engine, event, func, select
from sqlalchemy import inspect as look_into
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from deliberate import own_store
from deliberate.models import Base, Community, LedgerHead, ServerEpoch
from deliberate.services import ledger_check

T = TypeVar("T")


class NotKept(Exception):
    """What cannot be done with this store, and what to do about it."""


def is_sqlite(url: str) -> bool:
    """A file of its own."""
    return url.startswith("sqlite")


def file_of(url: str) -> Path:
    """Where a store of SQLite is."""
    return Path(url.partition(":///")[2])


@contextmanager
def opened(url: str, *, begin: str = "BEGIN", patience: float = 1) -> Iterator[Connection]:
    """One connection to the store, its transaction begun as said, so many seconds waited for others (SQLite)."""
    engine = _engine(url, begin, patience)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise NotKept(f"the store says: {str(error.orig).strip()}") from error
    finally:
        engine.dispose()


def _engine(url: str, begin: str, patience: float) -> Engine:
    try:
        if not is_sqlite(url):
            return create_engine(url, hide_parameters=True, poolclass=NullPool)
        engine = create_engine(
            url, hide_parameters=True, poolclass=NullPool, connect_args={"timeout": patience}
        )
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise NotKept(f"no address of a store: {error}") from error

    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = FULL")

    own_store.kept(engine)
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def revision(connection: Connection) -> str | None:
    """Of the tables in the store; None when it has none."""
    if not look_into(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def in_lots(every: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """At most so many at a time, in their order."""
    return (every[start : start + most] for start in range(0, len(every), most))


def tables() -> list[Table]:
    """Every table, those that others refer to first."""
    return Base.metadata.sorted_tables


def counts(connection: Connection) -> dict[str, int]:
    """Rows by table."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables()
    }


def in_order(connection: Connection, table: Table) -> list[Any]:
    """By the primary key, letters by their bytes on both stores."""
    plain = connection.dialect.name == "postgresql"
    return [_by_bytes(column) if plain else column for column in table.primary_key.columns]


def _by_bytes(column: Column[Any]) -> Any:
    return column.collate("C") if isinstance(column.type, String) else column


def heads(connection: Connection) -> dict[str, dict[str, Any]]:
    """The newest head of each community's ledger, by the word in its address."""
    rows = connection.execute(
        select(Community.slug, LedgerHead.size, LedgerHead.root, LedgerHead.at)
        .join(LedgerHead, LedgerHead.community_id == Community.id)
        .order_by(Community.slug, LedgerHead.id)
    )
    return {slug: {"size": size, "root": root, "at": at.isoformat()} for slug, size, root, at in rows}


def epoch(connection: Connection) -> str | None:
    """The life of the store in force."""
    found: str | None = connection.execute(
        select(ServerEpoch.epoch).order_by(ServerEpoch.id.desc()).limit(1)
    ).scalar()
    return found


def faults_of_ledgers(connection: Connection) -> list[str]:
    """Every community's ledger worked out anew; what is wrong."""
    found = []
    with Session(connection) as session:
        for community_id, slug in session.execute(select(Community.id, Community.slug)).all():
            faults = ledger_check.check(session, community_id).faults
            found += [f"{slug}: {fault}" for fault in faults]
    return found
