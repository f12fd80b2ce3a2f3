"""Connections to PostgreSQL that the server ended while nobody used them."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from deliberate import engines
from deliberate.db import Database
from deliberate.keeping import stores
from deliberate.models import Community
from tests import make
from tests.store import POSTGRES

pytestmark = pytest.mark.parametrize("migrated_url", [POSTGRES], indirect=True)


@pytest.fixture
def store(migrated_url: str) -> Iterator[Database]:
    found = Database(migrated_url)
    yield found
    found.dispose()


def _server_ends_all(store: Database) -> None:
    """As it does when it is started again."""
    with stores.opened(store.url) as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def _use_several(store: Database) -> None:
    sessions = [store.reading() for _ in range(3)]
    for session in sessions:
        session.scalar(text("SELECT 1"))
    for session in sessions:
        session.close()


def test_after_a_rest_nobody_notices_that_the_server_was_started_again(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use_several(store)
    _server_ends_all(store)
    monkeypatch.setattr(engines, "IDLE", 0.0)
    with store.transaction() as tx:
        make.community(tx.session)
    _use_several(store)
    with store.reading() as session:
        assert session.query(Community).count() == 1


def test_at_work_one_request_is_told_and_the_next_goes_on(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was used this very moment is not asked; what was begun on it is not done at all."""
    monkeypatch.setattr(engines, "IDLE", 60.0)
    _use_several(store)
    _server_ends_all(store)
    with pytest.raises(OperationalError), store.transaction() as tx:
        make.community(tx.session)
    with store.transaction() as tx:
        make.community(tx.session)
    with store.reading() as session:
        assert session.query(Community).count() == 1


def test_a_connection_in_use_is_asked_nothing_between(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    monkeypatch.setattr(store.engine.dialect, "do_ping", lambda _: asked.append(time.monotonic()))
    monkeypatch.setattr(engines, "IDLE", 60.0)
    _use_several(store)
    _use_several(store)
    assert asked == []
    monkeypatch.setattr(engines, "IDLE", 0.0)
    _use_several(store)
    assert len(asked) == 3
