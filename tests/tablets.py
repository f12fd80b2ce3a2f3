"""An evening with a tablet, on each store: the world is built once, and every test has a copy of it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from tests.app import lent
from tests.lending import Lending
from tests.make import Clock
from tests.make_letter import browser
from tests.make_tablet import Tablet, evening
from tests.store import STORES, migrated


@pytest.fixture(params=STORES)
def tablet_store_kind(request: pytest.FixtureRequest) -> str:
    """Override it in a module that one store is enough for."""
    kind: str = request.param
    return kind


class Evenings:
    """The worlds that were built, by kind of store."""

    def __init__(self, app: Flask, empty: Path, folder: Path) -> None:
        self.app = app
        self.empty = empty
        self.folder = folder
        self.built: dict[str, tuple[Tablet, Clock]] = {}
        self._lending: Lending | None = None

    def build(self, url: str, kind: str) -> None:
        """Open a round, enrol a tablet."""
        clock = Clock()
        store = Database(url, clock)
        with lent(self.app, store, self.folder) as app:
            self.built[kind] = evening(app, store, clock), clock
        store.dispose()

    @property
    def lending(self) -> Lending:
        """Lends copies in SQLite."""
        if self._lending is None:
            kept = shutil.copyfile(self.empty, self.folder / "evening.db")
            self.build(f"sqlite:///{kept}", "sqlite")
            self._lending = Lending(kept, self.folder)
        return self._lending

    def close(self) -> None:
        """Close what is still kept."""
        if self._lending:
            self._lending.close()


@pytest.fixture(scope="session")
def evenings(
    served_app: Flask, empty_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evenings]:
    """Filled as tests ask."""
    made = Evenings(served_app, empty_store, tmp_path_factory.mktemp("evenings"))
    yield made
    made.close()


@pytest.fixture
def tablet_store(
    tablet_store_kind: str, evenings: Evenings, request: pytest.FixtureRequest, clock: Clock
) -> Iterator[Database]:
    """A copy of the evening, with its clock as it was then."""
    if tablet_store_kind == "sqlite":
        with evenings.lending.lent(clock) as lent_store:
            clock.at = evenings.built["sqlite"][1].at
            yield lent_store
        return
    server = request.getfixturevalue("postgres_server")
    make = request.getfixturevalue("postgres_database")
    url = make(server.template("evening", lambda one: evenings.build(one, "postgres"), migrated(server)))
    clock.at = evenings.built["postgres"][1].at
    store = Database(url, clock)
    yield store
    store.dispose()


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


@pytest.fixture
def desk(tablet: Tablet) -> str:
    """The address of the office where the tablet of a test belongs."""
    return f"/c/{tablet.at.community.slug}/desk"


@pytest.fixture
def moderator(app: Flask, tablet: Tablet) -> FlaskClient:
    """The browser of who runs the round there."""
    return browser(app, tablet.at.staff.moderator)
