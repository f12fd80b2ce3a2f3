"""The real application over a fresh store of today's tables, and clients that are signed in."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database, Transaction
from deliberate.migrate import upgrade
from deliberate.models import Account
from tests import roles
from tests.make import Clock


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    upgrade(f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def clock() -> Clock:
    """The clock of the store: a Monday, 10:00 in Beijing, until the test moves it."""
    return Clock()


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Database]:
    """A store of this test's own, as its owner holds it."""
    if roles.wanted():
        url = request.getfixturevalue("roled_store").url
    else:
        path = tmp_path / "deliberate.db"
        path.write_bytes(request.getfixturevalue("empty_store").read_bytes())
        url = f"sqlite:///{path}"
    store = Database(url, clock)
    yield store
    store.dispose()


@pytest.fixture
def store_of_app(database: Database, clock: Clock) -> Iterator[Database]:
    """The same store as the application holds it."""
    if not roles.wanted():
        yield database
        return
    store = roles.RoledStore(database.url).app(clock)
    yield store
    store.dispose()


@pytest.fixture
def transaction(database: Database) -> Callable[..., AbstractContextManager[Transaction]]:
    """`with transaction() as tx:` – as the application writes."""
    return database.transaction


@pytest.fixture
def app(store_of_app: Database, tmp_path: Path) -> Flask:
    """The application; forms need no token in these tests (tokens have tests of their own)."""
    config = Config(
        database_url=store_of_app.url,
        secret_key="a secret of the tests, long enough for it",
        instance_dir=tmp_path,
        secure_cookies=False,
    )
    made = create_app(config, store_of_app)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Nobody in particular."""
    return app.test_client()


SignIn = Callable[[Account | None], FlaskClient]


@pytest.fixture
def signed_in(app: Flask) -> SignIn:
    """`signed_in(account)`: a client with that account's session; None is a stranger."""

    def make(account: Account | None) -> FlaskClient:
        client = app.test_client()
        if account is not None:
            with client.session_transaction() as session:
                session["_user_id"] = f"{account.id}.{account.epoch}"
                session["_fresh"] = True
        return client

    return make
