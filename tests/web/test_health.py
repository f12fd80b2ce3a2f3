"""/healthz: down when requests cannot be served, a warning when somebody should look, and never a secret."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.commands import worker
from deliberate.commands.standing_by import turnstile
from deliberate.db import Database
from deliberate.keeping import stores
from deliberate.migrate import upgrade
from tests import make
from tests.app import config_of
from tests.make import Clock
from tests.make_heads import head
from tests.make_ledger import leaf


class Room(NamedTuple):
    total: int
    free: int


def checks(client: FlaskClient) -> tuple[int, str, dict[str, str]]:
    answer = client.get("/healthz")
    told = answer.get_json()
    return answer.status_code, told["status"], told["checks"]


def test_the_worker_is_missed_after_five_minutes(
    client: FlaskClient, database: Database, clock: Clock, tmp_path: Path
) -> None:
    assert checks(client)[::2] == (200, {**FINE, "worker": "never"})
    worker.turn(database, config_of(database, tmp_path))
    assert checks(client) == (200, "ok", FINE)
    clock.forward(minutes=6)
    assert checks(client) == (200, "warning", {**FINE, "worker": "late"})
    worker.turn(database, config_of(database, tmp_path))
    assert checks(client)[1] == "ok"


def test_a_turn_in_which_something_went_wrong_is_told(
    client: FlaskClient, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(worker, "publish_due", lambda *_: 1 / 0)
        worker.turn(database, config_of(database, tmp_path))
    assert checks(client) == (200, "warning", {**FINE, "worker": "troubled"})
    worker.turn(database, config_of(database, tmp_path))
    assert checks(client)[1] == "ok"


FINE = {"database": "ok", "migrations": "ok", "guards": "ok", "disk": "ok", "worker": "ok", "keys": "ok"}


def test_a_full_disk_is_told_before_it_is_full(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Room(total=100, free=9))
    assert checks(client)[2]["disk"] == "low"


def test_a_machine_with_a_receipt_key_of_its_own_is_told(
    client: FlaskClient, database: Database, clock: Clock, tmp_path: Path
) -> None:
    with database.transaction() as tx:
        community = make.community(tx.session)
        leaf(tx.session, community.id, now=tx.now)
        head(tx, community.id, tmp_path, clock)
    assert checks(client)[2]["keys"] == "ok"
    (tmp_path / "receipt_key").unlink()
    assert checks(client)[1:] == ("warning", {**FINE, "worker": "never", "keys": "another"})


def test_old_tables_and_a_store_that_is_away_take_no_requests(app: Flask, database: Database) -> None:
    client = app.test_client()
    database.dispose()
    with stores.opened(database.url) as connection, connection.begin():
        if not database.url.startswith("sqlite"):
            pytest.skip("the owner's tables: said on SQLite")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    assert checks(client)[:2] == (503, "down")
    database.dispose()
    stores.file_of(database.url).write_bytes(b"no store at all")
    status, said, told = checks(client)
    assert (status, said, told["database"]) == (503, "down", "away")
    assert str(stores.file_of(database.url).parent) not in client.get("/healthz").text


def test_lost_guards_take_no_requests(client: FlaskClient, database: Database) -> None:
    if not database.url.startswith("sqlite"):
        pytest.skip("the owner's tables: said on SQLite")
    with stores.opened(database.url) as connection, connection.begin():
        connection.exec_driver_sql("DROP TRIGGER guard_consent_before_update")
    client.application.extensions.pop("deliberate.guards", None)  # a minute later
    status, said, told = checks(client)
    assert (status, said, told["guards"]) == (503, "down", "lacking")
    upgrade(database.url)
    assert checks(client)[2]["guards"] == "ok"


def test_one_worker_at_a_time(migrated_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = Database(migrated_url), Database(migrated_url)
    first, second = turnstile(one), turnstile(other)
    assert [first.mine(), first.mine(), second.mine(), first.mine()] == [True, True, False, True]
    worker.turns(other, config_of(other, tmp_path), Stopped(), once=True)
    assert "standing by" in capsys.readouterr().err
    first.leave()
    assert [second.mine(), first.mine()] == [True, False]
    worker.turns(one, config_of(one, tmp_path), Stopped(), once=True)
    for gate in (first, second):
        gate.leave()
    worker.turns(one, config_of(one, tmp_path), Stopped(), once=True)
    assert "looked at 0 open rounds" in capsys.readouterr().err
    for store in (one, other):
        store.dispose()


class Stopped(worker.threading.Event):
    """Nobody waits in a test."""

    def wait(self, timeout: float | None = None) -> bool:
        raise AssertionError("a worker that looks once does not wait")


def test_a_lock_that_the_server_forgot_is_taken_anew(postgres_url: str) -> None:
    store = Database(postgres_url)
    gate = turnstile(store)
    assert gate.mine()
    with stores.opened(postgres_url) as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert [gate.mine(), gate.mine()] == [False, True]
    gate.leave()
    store.dispose()
