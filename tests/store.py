"""The two stores: what is promised of one is promised of the other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deliberate.migrate import upgrade
from tests.postgres import PostgresServer

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)
STORES = ["sqlite", POSTGRES]


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store of this test's own: SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(params=STORES)
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same with today's tables, which are made once for each kind of store and then copied."""
    if request.param == "sqlite":
        path = tmp_path / "store.sqlite3"
        path.write_bytes(request.getfixturevalue("empty_store").read_bytes())
        return f"sqlite:///{path}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    database: Callable[[str], str] = request.getfixturevalue("postgres_database")
    return database(migrated(server))


def migrated(server: PostgresServer) -> str:
    """The database with today's tables, which others are copied from."""
    return server.template("migrated", upgrade)
