"""An evening with a tablet, on each store: the world is built once, and every test has a copy of it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine

from deliberate.db import Database
from deliberate.migrate import upgrade
from tests.app import lent
from tests.make import Clock
from tests.make_tablet import Tablet, evening
from tests.store import STORES


@pytest.fixture(params=STORES)
def tablet_store_kind(request: pytest.FixtureRequest) -> str:
    """Override it in a module that one store is enough for."""
    kind: str = request.param
    return kind


class Evenings:
    """The worlds that were built, by kind of store."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self.built: dict[str, tuple[Tablet, Clock]] = {}

    def build(self, url: str, kind: str) -> None:
        """Migrate, open a round, enrol a tablet."""
        upgrade(url)
        clock = Clock()
        store = Database(url, clock)
        with lent(self.app, store, self.folder) as app:
            self.built[kind] = evening(app, store, clock), clock
        store.dispose()


@pytest.fixture(scope="session")
def evenings(served_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Evenings:
    """Filled as tests ask."""
    return Evenings(served_app, tmp_path_factory.mktemp("evenings"))


@pytest.fixture
def tablet_store(
    tablet_store_kind: str, evenings: Evenings, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock
) -> Iterator[Database]:
    """A copy of the evening, with its clock as it was then."""
    if tablet_store_kind == "sqlite":
        url = _sqlite_copy(evenings, tmp_path)
    else:
        server = request.getfixturevalue("postgres_server")
        make = request.getfixturevalue("postgres_database")
        url = make(server.template("evening", lambda one: evenings.build(one, "postgres")))
    clock.at = evenings.built[tablet_store_kind][1].at
    store = Database(url, clock)
    yield store
    store.dispose()


def _sqlite_copy(evenings: Evenings, folder: Path) -> str:
    kept = evenings.folder / "evening.db"
    if "sqlite" not in evenings.built:
        evenings.build(f"sqlite:///{kept}", "sqlite")
        engine = create_engine(f"sqlite:///{kept}")
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
    shutil.copyfile(kept, folder / "evening.db")
    return f"sqlite:///{folder / 'evening.db'}"


@pytest.fixture
def served(served_app: Flask, tablet_store: Database, tmp_path: Path) -> Iterator[Flask]:
    """The application over the copy; it asks forms for their token, and tablets for none."""
    with lent(served_app, tablet_store, tmp_path) as app:
        app.config["WTF_CSRF_ENABLED"] = True
        yield app


@pytest.fixture
def tablet(
    served: Flask, tablet_store: Database, tablet_store_kind: str, evenings: Evenings, clock: Clock
) -> Tablet:
    """The tablet that was enrolled in the evening."""
    enrolled = evenings.built[tablet_store_kind][0]
    return replace(enrolled, http=served.test_client(), clock=clock, pictures={})
