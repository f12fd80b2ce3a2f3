"""`deliberate migrate`: bring a store to the present tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, NullPool, create_engine

from . import fitness, own_store
from .models.guards.roles import regrant
from .revisions import migrations_folder


def alembic_config(url: str) -> AlembicConfig:
    """Alembic told where the migrations and the store are."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


class NotMigrated(RuntimeError):
    """The store is not today's, and who signs in here may not change its tables."""


def upgrade(url: str) -> None:
    """Migrate the store at `url` to the newest revision and today's guards; one that has both is left as it is.

    A role that does not own the tables only looks whether they are those of today.
    """
    with _connected(url) as connection:
        if fitness.is_fit(connection):
            return
        if not _owns_tables(connection):
            raise NotMigrated(
                "the store is older than the program, or lacks guards; run `deliberate migrate` as deliberate_migrate"
            )
    command.upgrade(alembic_config(url), "head")


def grant_anew(url: str) -> None:
    """What the roles of today's program may do, where there are roles and who signs in may say so."""
    with _connected(url) as connection, connection.begin():
        if _owns_tables(connection):
            regrant(connection)


def _owns_tables(connection: Connection) -> bool:
    """May change the tables; or there are none yet, and it is to make them."""
    if connection.dialect.name == "sqlite":
        return True
    owner = "SELECT pg_has_role(tableowner, 'USAGE') FROM pg_tables "
    here = "WHERE schemaname = current_schema() AND tablename = 'alembic_version'"
    return connection.exec_driver_sql(owner + here).scalar() is not False


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = own_store.kept(create_engine(url, hide_parameters=True, poolclass=NullPool))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
