"""`deliberate copy`: a living community from SQLite to PostgreSQL and back, nothing lost, nothing changed."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine

from deliberate.cli import main
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.keeping import copying, stores
from deliberate.keeping.stores import NotKept
from deliberate.migrate import upgrade
from deliberate.models.guards import present, roles
from tests.app import new_app
from tests.keeping.living import live
from tests.make import Clock
from tests.make_tablet import Tablet
from tests.roles import RoledStore

SQLITE_ONLY = pytest.mark.parametrize("tablet_store_kind", ["sqlite"])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["copy", *arguments])


def silent(_: str) -> None:
    """Nobody reads it."""


@SQLITE_ONLY
def test_to_postgresql_and_back(
    tablet: Tablet,
    tablet_store: Database,
    tmp_path: Path,
    clock: Clock,
    postgres_database: Callable[..., str],
) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    there, back = postgres_database(), f"sqlite:///{tmp_path / 'back.db'}"
    result = run(tablet_store.url, there)
    assert result.exit_code == 0, result.output
    assert "every ledger works out to its heads" in result.stdout
    rows = {line.split()[0]: line.split()[1:3] for line in result.stdout.splitlines()[1:-1]}
    assert rows["consent"] == rows["evidence"] == ["4", "4"]
    assert rows["ledger_head"][0] == rows["ledger_head"][1] != "0"
    with stores.opened(there) as one, stores.opened(tablet_store.url) as other:
        assert stores.heads(one) == stores.heads(other)
        assert stores.epoch(one) == stores.epoch(other) is not None
    _goes_on(tablet, there, tmp_path, clock)
    assert run(there, back).exit_code == 0
    with stores.opened(back) as one, stores.opened(there) as other:
        assert stores.counts(one) == stores.counts(other)
        assert stores.counts(one)["consent"] == 5
        assert _guards(one) == _guards_of_new(tmp_path)


def _goes_on(tablet: Tablet, url: str, folder: Path, clock: Clock) -> None:
    """The same tablet delivers to the copy as if nothing had happened: no new epoch, numbers go on."""
    store = Database(url, clock)
    tablet.http = new_app(store, folder).test_client()
    try:
        assert tablet.deliver(tablet.answered(tablet.at.entries[5], Answer.AGREE, 11)) == ["accepted"]
    finally:
        store.dispose()


def _guards(connection: object) -> str:
    return present(connection)  # type: ignore[arg-type]


def _guards_of_new(folder: Path) -> str:
    upgrade(f"sqlite:///{folder / 'new.db'}")
    with stores.opened(f"sqlite:///{folder / 'new.db'}") as connection:
        return present(connection)


@SQLITE_ONLY
def test_what_is_refused(tablet: Tablet, tablet_store: Database, tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path / 'target.db'}"
    with tablet_store.reading() as session:
        stores.epoch(session.connection())
        in_use = run(tablet_store.url, target)
    assert (in_use.exit_code, "is in use" in in_use.stderr) == (1, True)
    tablet_store.dispose()
    assert "same store" in run(target, target).stderr
    assert "there is no" in run(f"sqlite:///{tmp_path / 'none.db'}", target).stderr
    filled = run(tablet_store.url, tablet_store.url + "?")
    assert filled.exit_code == 1
    assert run(tablet_store.url, target).exit_code == 0
    again = run(tablet_store.url, target)
    assert (again.exit_code, "not empty" in again.stderr) == (1, True)
    assert run("nonsense", target).exit_code == 1


def test_a_store_that_others_have_open_is_not_copied(postgres_url: str, tmp_path: Path) -> None:
    upgrade(postgres_url)
    target = f"sqlite:///{tmp_path / 'target.db'}"
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        with pytest.raises(NotKept, match="in use"):
            copying.copy(postgres_url, target, silent)
    engine.dispose()
    assert len(copying.copy(postgres_url, target, silent)) == len(stores.tables())


def test_who_is_no_superuser_sees_the_application_too(roled_store: RoledStore, tmp_path: Path) -> None:
    target, store = f"sqlite:///{tmp_path / 'target.db'}", Database(roled_store.at(roles.APP))
    with store.reading() as session:
        stores.epoch(session.connection())
        with pytest.raises(NotKept, match="in use"):
            copying.copy(roled_store.at(roles.MIGRATE), target, silent)
    store.dispose()
    assert copying.copy(roled_store.at(roles.MIGRATE), target, silent)


@SQLITE_ONLY
@pytest.mark.parametrize("fault", ["leaf", "head"])
def test_a_ledger_that_was_rewritten_is_not_carried_over(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock, fault: str
) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    file = sqlite3.connect(stores.file_of(tablet_store.url))
    for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        file.execute(f"DROP TRIGGER {name}")
    if fault == "leaf":
        file.execute("UPDATE ledger_leaf SET leaf = leaf || ' ' WHERE id = 3")
    else:
        other = "substr(line, 1, length(line) - 30) || 'AAAAAAAAAA' || substr(line, length(line) - 19)"
        file.execute(f"UPDATE head_signature SET line = {other}")
    file.commit()
    file.close()
    target = f"sqlite:///{tmp_path / 'target.db'}"
    result = run(tablet_store.url, target)
    assert (result.exit_code, "does not work out" in result.stderr) == (1, True)
    with stores.opened(target) as connection:
        assert not any(stores.counts(connection).values())
