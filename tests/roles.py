"""A store under its role model: owned by nobody who signs in, the application's and the registrar's ways to it.

`DELIBERATE_TEST_ROLES=1` runs tests of the application over it: tests fill the store as its owner, requests write
as the application. Tests move the clock, so the owner (nobody else could) lets any time pass there.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, create_engine, make_url

from deliberate.db import Database
from deliberate.models.guards import roles
from tests.make import Clock
from tests.postgres import PostgresServer
from tests.store import migrated

ANY_TIME = (
    "CREATE OR REPLACE FUNCTION guard_clock(moment timestamptz) RETURNS boolean LANGUAGE sql STABLE "
    "SET search_path = pg_catalog, pg_temp AS $$ SELECT true $$"
)


def wanted() -> bool:
    """Whether tests of the application run over the role model."""
    return os.environ.get("DELIBERATE_TEST_ROLES") == "1"


def as_role(url: str, role: str) -> str:
    """The same store, signed in as `role`."""
    return make_url(url).set(username=role).render_as_string(hide_password=False)


def confine(url: str, *, any_time: bool = True) -> None:
    """Put the store under its roles."""
    engine = create_engine(url)
    with engine.begin() as connection:
        roles.make(connection)
        if any_time:
            connection.exec_driver_sql(ANY_TIME)
    engine.dispose()


def run(connection: Connection, statement: str) -> None:
    """As written, no character of it meaning a parameter."""
    connection.execution_options(no_parameters=True).exec_driver_sql(statement)


@dataclass(frozen=True)
class RoledStore:
    """A store's address, for each who signs in."""

    url: str

    def at(self, role: str) -> str:
        return as_role(self.url, role)

    def app(self, clock: Clock) -> Database:
        """As the application holds it, with the registrar's role for deeds on the roll."""
        return Database(self.at(roles.APP), clock, registrar_url=self.at(roles.REGISTRAR))


@pytest.fixture
def roled_store(postgres_server: PostgresServer, postgres_database: Callable[..., str]) -> RoledStore:
    """An empty store under its roles, that lets tests move the clock."""
    return RoledStore(
        postgres_database(postgres_server.template("roled", confine, migrated(postgres_server)))
    )
