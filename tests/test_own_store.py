"""A store of SQLite is read by the user of the program and by nobody else of the machine."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from deliberate.cli import main
from deliberate.commands import bulletin
from deliberate.config import read_config
from deliberate.db import Database
from deliberate.keeping import stores
from deliberate.migrate import upgrade
from tests import make


@pytest.fixture(autouse=True)
def _open_to_all_unless_said() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir() if path.is_file()}


def test_what_the_program_makes_is_its_users_alone(tmp_path: Path) -> None:
    config = read_config({"DELIBERATE_INSTANCE_DIR": str(tmp_path / "instance")})
    assert config.instance_dir.stat().st_mode & 0o777 == 0o700
    upgrade(config.database_url)
    database = Database(config.database_url)
    with database.transaction() as tx:
        make.community(tx.session)
        found = modes(config.instance_dir)
    database.dispose()
    assert {"deliberate.db", "deliberate.db-wal", "deliberate.db-shm"} < found.keys()
    assert set(found.values()) == {"0o600"}


def test_a_store_that_lay_open_is_shut_with_what_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "deliberate.db"
    upgrade(f"sqlite:///{path}")
    working = Database(f"sqlite:///{path}")
    with working.transaction() as tx:
        make.community(tx.session)
    for one in tmp_path.iterdir():
        one.chmod(0o644)
    with stores.opened(f"sqlite:///{path}") as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM community").scalar() == 1
    assert set(modes(tmp_path).values()) - {modes(tmp_path).get("deliberate.db-line")} == {"0o600"}
    working.dispose()


def test_a_store_whose_folder_is_not_there_is_not_made(tmp_path: Path) -> None:
    with (
        pytest.raises(stores.NotKept, match="unable to open"),
        stores.opened(f"sqlite:///{tmp_path}/none/store.db"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_auditors_file_is_written_for_its_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DELIBERATE_INSTANCE_DIR", str(tmp_path / "instance"))
    monkeypatch.setattr(bulletin, "the_round", lambda *_: 1)
    monkeypatch.setattr(bulletin.published, "auditor_file", lambda *_: {"roll": {}, "events": {}})
    upgrade(read_config().database_url)
    written = tmp_path / "auditor.json"
    assert CliRunner().invoke(main, ["bulletin", "auditor", "7.1", str(written)]).exit_code == 0
    assert written.stat().st_mode & 0o777 == 0o600
    assert json.loads(written.read_bytes()) == {"roll": {}, "events": {}}
