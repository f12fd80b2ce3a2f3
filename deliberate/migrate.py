"""`deliberate migrate`: bring a store to the present tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, NullPool, create_engine

from .revisions import migrations_folder, newest_revision


def alembic_config(url: str) -> AlembicConfig:
    """Alembic told where the migrations and the store are."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


class NotMigrated(RuntimeError):
    """The store is older than the program, and who signs in here may not change its tables."""


def upgrade(url: str) -> None:
    """Migrate the store at `url` to the newest revision; a store of today is left as it is.

    A role that does not own the tables only looks whether they are those of today.
    """
    config = alembic_config(url)
    if url.startswith("sqlite") or _owns_tables(url):
        command.upgrade(config, "head")
    elif _revision(url) != newest_revision():
        raise NotMigrated(
            "the store is older than the program; run `deliberate migrate` as deliberate_migrate"
        )


def _owns_tables(url: str) -> bool:
    """May change the tables; or there are none yet, and it is to make them."""
    owner = "SELECT pg_has_role(tableowner, 'USAGE') FROM pg_tables "
    here = "WHERE schemaname = current_schema() AND tablename = 'alembic_version'"
    with _connected(url) as connection:
        return connection.exec_driver_sql(owner + here).scalar() is not False


def _revision(url: str) -> str | None:
    with _connected(url) as connection:
        revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return revision


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
