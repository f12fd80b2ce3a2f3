"""Alembic's environment: its own connection, SQLite's foreign keys off, guards set anew at the end, all in one go.

Batch mode on SQLite copies tables: with foreign keys on, the copy would delete children, and it drops
triggers. So keys are off, `foreign_key_check` must be clean, and all guards are installed again. Python's driver would
commit each change of a table by itself: it is told to leave that alone, and one transaction is begun by hand, so that
whoever is killed half way leaves the store as it was, and nobody sees it without its guards.
"""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, event, pool

from deliberate import own_store
from deliberate.models import Base
from deliberate.models.guards import install, remove
from deliberate.models.guards.roles import regrant


def render_item(kind: str, item: object, _: object) -> str | bool:
    """Write our moment type as what it is in the store."""
    if kind == "type" and type(item).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def migrate(connection: Connection) -> None:
    """Run the migrations on `connection`, whole or not at all."""
    sqlite = connection.dialect.name == "sqlite"
    with connection.begin():
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=sqlite,
            render_item=render_item,
            transactional_ddl=True,
        )
        remove(connection)
        context.run_migrations()
        install(connection)
        regrant(connection)
        if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("the migration would leave records without their parents")


def prepare_sqlite(raw: Any, _: Any) -> None:
    """What may only be said outside of a transaction."""
    raw.isolation_level = None
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("PRAGMA foreign_keys = OFF")


url = context.config.get_main_option("sqlalchemy.url")
if not url:
    raise SystemExit("alembic: no database url; use `deliberate migrate`")
engine = own_store.kept(create_engine(url, hide_parameters=True, poolclass=pool.NullPool))
if engine.dialect.name == "sqlite":
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
with engine.connect() as connection:
    migrate(connection)
