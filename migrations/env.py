"""Alembic's environment: its own connection, SQLite's foreign keys off, guards set anew at the end.

Batch mode on SQLite copies tables: with foreign keys on, the copy would delete children, and it drops
triggers. So keys are off, `foreign_key_check` must be clean, and all guards are installed again.
"""

from alembic import context
from sqlalchemy import Connection, create_engine, pool

from deliberate.models import Base
from deliberate.models.guards import install, remove
from deliberate.models.guards.roles import regrant


def render_item(kind: str, item: object, _: object) -> str | bool:
    """Write our moment type as what it is in the store."""
    if kind == "type" and type(item).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def migrate(connection: Connection) -> None:
    """Run the migrations on `connection` and commit."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        render_item=render_item,
    )
    with context.begin_transaction():
        remove(connection)
        context.run_migrations()
        install(connection)
        regrant(connection)
        if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("the migration would leave records without their parents")
    connection.commit()


url = context.config.get_main_option("sqlalchemy.url")
if not url:
    raise SystemExit("alembic: no database url; use `deliberate migrate`")
engine = create_engine(url, poolclass=pool.NullPool)
with engine.connect() as connection:
    migrate(connection)
