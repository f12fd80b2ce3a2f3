"""Keys are made once and whole, however many processes start at the same moment."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deliberate import whole_files
from deliberate.config import read_config
from deliberate.services.receipts import receipt_key
from deliberate.services.signing import KeySigner


def cookies_secret(folder: Path) -> str:
    return read_config({"DELIBERATE_INSTANCE_DIR": str(folder)}).secret_key


def receipts_key(folder: Path) -> bytes:
    return receipt_key(folder).private_bytes_raw()


def ledgers_key(folder: Path) -> bytes:
    return KeySigner(folder / "ledger_key", folder / "ledger_state").public()


@pytest.mark.parametrize("key_of", [cookies_secret, receipts_key, ledgers_key])
def test_of_two_that_make_a_key_at_once_both_get_the_first(
    key_of: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, rivals = os.link, []

    def late(draft: Path, path: Path) -> None:
        """Between our bytes and their name, another process does all of it."""
        monkeypatch.setattr(os, "link", link)
        rivals.append(key_of(tmp_path))
        link(draft, path)

    monkeypatch.setattr(os, "link", late)
    assert [key_of(tmp_path)] == rivals
    assert [key_of(tmp_path)] == rivals


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "key", []
    sync = os.fsync

    def look(file: int) -> None:
        seen.append((path.exists(), sorted(one.stat().st_mode & 0o777 for one in tmp_path.iterdir())))
        sync(file)

    monkeypatch.setattr(os, "fsync", look)
    assert whole_files.made_once(path, lambda: b"whole") == b"whole"
    assert seen == [(False, [0o600]), (True, [0o600])]


def test_what_is_there_stays_until_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    whole_files.made_once(path, lambda: b"first")
    assert whole_files.made_once(path, lambda: b"second") == b"first"
    whole_files.replace(path, b"third")
    assert whole_files.made_once(path, lambda: b"second") == b"third"
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        whole_files.made_once(tmp_path / "key", lambda: b"half")
    assert list(tmp_path.iterdir()) == []
