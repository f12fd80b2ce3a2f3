"""`deliberate ledger` and the worker: an offline key, keys that are accepted, observers' keys."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deliberate.cli import main
from deliberate.db import Database
from deliberate.domain.ledger import note
from deliberate.queries import observers
from deliberate.services import ledger_heads
from deliberate.services.signing import verify
from tests import make
from tests.make_ledger import ORIGIN, Keeper, leaf, observer_key

VKEY = note.vkey(observer_key())
HERE = ("--community", "zhonghuaxiang")


@pytest.fixture
def keeper(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """An installation whose key is offline."""
    monkeypatch.setenv("DELIBERATE_DATABASE_URL", database.url)
    monkeypatch.setenv("DELIBERATE_INSTANCE_DIR", str(tmp_path))
    monkeypatch.setenv("DELIBERATE_SECRET_KEY", "a secret of the tests, long enough for it")
    monkeypatch.setenv("DELIBERATE_SIGNER", "offline")
    with database.transaction() as tx:
        make.community(tx.session)
    return Keeper(database, tmp_path, {"signer": "offline"})


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def carried(keeper: Keeper, folder: Path) -> Result:
    """To the key and back."""
    (folder / "unsigned").write_text(run("ledger", "unsigned", *HERE).stdout)
    signed = run("ledger", "sign", folder / "unsigned", "--key", folder / "usb")
    (folder / "signed").write_text(signed.stdout)
    assert signed.exit_code == 0, signed.output
    return run("ledger", "signed", folder / "signed")


def test_heads_are_carried_to_the_key_and_back(keeper: Keeper, tmp_path: Path) -> None:
    for leaves in (2, 3, 1):
        keeper.grow(1, leaves)
    assert keeper.signed(1) == []
    assert carried(keeper, tmp_path).stdout == "3 heads are signed\n"
    keeper.grow(1, 4)
    assert carried(keeper, tmp_path).exit_code == 0
    assert [head.size for head in keeper.signed(1)] == [2, 5, 6, 10]
    with keeper.store.reading() as session:
        keys = ledger_heads.keys_of(session, 1)
    for head in keeper.signed(1):
        note.verify_note(keeper.note(head), keys, verify)


def test_brought_back_twice_changes_nothing(keeper: Keeper, tmp_path: Path) -> None:
    keeper.grow(1)
    carried(keeper, tmp_path)
    before = keeper.note(keeper.signed(1)[0])
    assert run("ledger", "signed", tmp_path / "signed").exit_code == 0
    assert keeper.note(keeper.signed(1)[0]) == before


def test_the_offline_key_refuses_what_does_not_extend(keeper: Keeper, tmp_path: Path) -> None:
    keeper.grow(1, 5)
    carried(keeper, tmp_path)
    keeper.grow(1, 2)
    asked = json.loads(run("ledger", "unsigned", *HERE).stdout)
    asked["heads"][0]["proof"] = []
    (tmp_path / "unsigned").write_text(json.dumps(asked))
    answer = run("ledger", "sign", tmp_path / "unsigned", "--key", tmp_path / "usb")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["notes"] == []
    assert json.loads(answer.stdout)["refused"][0]["fault"] == "unproved"


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "deliberate/unsigned/1"}', '{"format": "deliberate/signed/1"}']
)
def test_files_that_are_something_else(keeper: Keeper, tmp_path: Path, content: str) -> None:
    (tmp_path / "file").write_text(content)
    assert run("ledger", "sign", tmp_path / "file", "--key", tmp_path / "usb").exit_code == 2
    assert run("ledger", "signed", tmp_path / "file").exit_code == 2


def test_a_signed_file_of_another_installation_is_refused(keeper: Keeper, tmp_path: Path) -> None:
    keeper.grow(1)
    carried(keeper, tmp_path)
    said = json.loads((tmp_path / "signed").read_text())
    said["notes"] = [said["notes"][0].replace(ORIGIN, "elsewhere/zhonghuaxiang")]
    (tmp_path / "signed").write_text(json.dumps(said))
    assert run("ledger", "signed", tmp_path / "signed").exit_code == 2


def test_a_new_key_is_accepted_by_hand(keeper: Keeper, tmp_path: Path) -> None:
    keeper.grow(1)
    carried(keeper, tmp_path)
    for name in ("usb", "usb.state"):
        (tmp_path / name).rename(tmp_path / f"lost.{name}")
    keeper.grow(1)
    refused = carried(keeper, tmp_path)
    assert refused.exit_code == 1
    vkey = refused.stderr.rpartition(" ")[2].strip()
    assert run("ledger", "accept-key", vkey, *HERE).exit_code == 0
    assert run("ledger", "signed", tmp_path / "signed").exit_code == 0
    assert len(keeper.signed(1)) == 2
    assert run("ledger", "accept-key", "what?", *HERE).exit_code == 2
    assert run("ledger", "accept-key", VKEY, *HERE).exit_code == 2


def test_a_key_whose_memory_is_gone_signs_nothing(keeper: Keeper, tmp_path: Path) -> None:
    keeper.grow(1)
    carried(keeper, tmp_path)
    (tmp_path / "usb.state").unlink()
    answer = run("ledger", "sign", tmp_path / "unsigned", "--key", tmp_path / "usb")
    assert answer.exit_code == 1
    assert "restore it" in answer.stderr


def test_observers_keys_are_registered_and_ended(keeper: Keeper, database: Database) -> None:
    assert run("ledger", "observer", VKEY, *HERE).exit_code == 0
    with database.reading() as session:
        assert [key.vkey for key in observers.keys(session, 1)] == [VKEY]
    assert run("ledger", "observer", VKEY, *HERE, "--end").exit_code == 0
    with database.reading() as session:
        assert list(observers.keys(session, 1)) == []
    assert run("ledger", "observer", VKEY, *HERE, "--end").exit_code == 1
    assert run("ledger", "observer", "what?", *HERE).exit_code == 1


def test_the_worker_takes_the_ledgers_turn(
    keeper: Keeper, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DELIBERATE_SIGNER")
    with database.transaction() as tx:
        leaf(tx.session, 1, now=tx.now)
    assert run("worker", "--once").exit_code == 0
    assert [head.size for head in keeper.signed(1)] == [1]
    assert (keeper.folder / "feed" / "zhonghuaxiang" / "latest").is_file()


@pytest.mark.parametrize(
    "name, value",
    [("ORIGIN", "two words"), ("ORIGIN", "a+b"), ("ORIGIN", "a/b"), ("SMTP_URL", "http://mail.example")],
)
def test_settings_that_cannot_be(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"DELIBERATE_{name}", value)
    answer = run("worker", "--once")
    assert answer.exit_code == 2
    assert name in answer.stderr
