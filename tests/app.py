"""The real application over a fresh store of today's tables, and clients that are signed in."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket
from sqlalchemy import create_engine

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database, Transaction
from deliberate.migrate import upgrade
from deliberate.models import Account
from deliberate.web import compiled_templates
from tests import roles
from tests.lending import Lending
from tests.make import Clock


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    return new_store(tmp_path_factory.mktemp("store") / "empty.db")


def new_store(path: Path) -> Path:
    """A migrated SQLite file with nothing beside it."""
    upgrade(f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def lending(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lending]:
    """The store that tests of this process have one after the other."""
    lends = Lending(empty_store, tmp_path_factory.mktemp("lent"))
    yield lends
    lends.close()


@pytest.fixture
def clock() -> Clock:
    """The clock of the store: a Monday, 10:00 in Beijing, until the test moves it."""
    return Clock()


@pytest.fixture
def database(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Database]:
    """A store of this test's own, as its owner holds it."""
    if not roles.wanted():
        lending: Lending = request.getfixturevalue("lending")
        with lending.lent(clock) as lent_store:
            yield lent_store
        return
    store = Database(request.getfixturevalue("roled_store").url, clock)
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


class KeptTemplates(compiled_templates._Keeping):
    """Templates as they were compiled: each once in a process, and for the next process in pytest's own folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(str(folder))
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])
            return
        super().load_bytecode(bucket)
        if bucket.code is not None:
            self.kept[bucket.key] = bucket.bytecode_to_string()

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()
        super().dump_bytecode(bucket)


TEMPLATES = KeptTemplates(Path(__file__).parents[1] / ".pytest_cache" / "templates")


def config_of(database: Database, folder: Path) -> Config:
    """The settings of an installation of the tests."""
    return Config(
        database_url=database.url,
        secret_key="a secret of the tests, long enough for it",
        instance_dir=folder,
        secure_cookies=False,
    )


def new_app(database: Database, folder: Path) -> Flask:
    """An application over this store; forms need no token in these tests (tokens have tests of their own)."""
    made = create_app(config_of(database, folder), database)
    made.jinja_env.bytecode_cache = TEMPLATES
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return made


@pytest.fixture(scope="session")
def served_app(empty_store: Path) -> Flask:
    """One application for all tests, since its addresses and templates take long to compile."""
    return new_app(Database(f"sqlite:///{empty_store}"), empty_store.parent)


@contextmanager
def lent(served_app: Flask, store: Database, folder: Path) -> Iterator[Flask]:
    """The one application over another store and folder; its settings are put back afterwards."""
    settings, views = dict(served_app.config), dict(served_app.view_functions)
    served_app.extensions["deliberate.config"] = config_of(store, folder)
    served_app.extensions["deliberate.db"] = store
    yield served_app
    for changed, before in ((served_app.config, settings), (served_app.view_functions, views)):
        changed.clear()
        changed.update(before)


@pytest.fixture
def app(served_app: Flask, store_of_app: Database, tmp_path: Path) -> Iterator[Flask]:
    """The application over this test's own store and folder."""
    with lent(served_app, store_of_app, tmp_path) as made:
        yield made


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
