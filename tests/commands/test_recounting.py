"""The worker recounts each bulletin by the verifier in it, once, and tells of one that is refused."""

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from deliberate.commands import recounting
from deliberate.commands.recounting import recount_new
from deliberate.commands.troubles import Troubles
from deliberate.db import Transaction
from deliberate.services import bulletin
from deliberate.storage import Folder
from tests import make_count, make_heads
from tests.make import Clock

Begin = Callable[[], AbstractContextManager[Transaction]]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setattr(recounting, "_later", {})
    return Folder(tmp_path)


def published(transaction: Begin, clock: Clock, folder: Path, deed: str = "closed") -> str:
    """The bulletin as the worker makes it, the first time that it may."""
    with transaction() as tx:
        at = make_count.answered(tx, 12, 11)
        getattr(make_count, deed)(at, tx, clock)
        make_heads.head(tx, at.community.id, folder, clock)
        return bulletin.published(tx.session, at.round.id, Folder(folder), now=clock.at)


def spoil(path: Path) -> None:
    """Somebody who has the disk lets the roll have one home more."""
    draft = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(draft, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"12", b"13") if name.endswith("/bulletin.json") else data)
    shutil.move(draft, path)


def turn(files: Folder) -> tuple[int, list[str]]:
    """How many troubles, and what was said."""
    said: list[str] = []
    troubles = Troubles(said.append)
    recount_new(files, troubles)
    return troubles.number, said


@pytest.mark.parametrize("deed", ["closed", "signed", "concluded"])
def test_one_in_order_is_looked_at_once(
    transaction: Begin, clock: Clock, tmp_path: Path, files: Folder, deed: str
) -> None:
    name = published(transaction, clock, tmp_path, deed)
    assert turn(files) == (0, [f"{name} recounts"])
    assert turn(files) == (0, [])


def test_one_that_is_refused_is_told_turn_after_turn_until_it_is_replaced(
    transaction: Begin, clock: Clock, tmp_path: Path, files: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = published(transaction, clock, tmp_path)
    spoil(tmp_path / name)
    number, [told] = turn(files)
    assert (number, "REFUSED" in told) == (1, True)
    why = told.split(": ")[1].split(" ")[0]
    assert "✗" in (tmp_path / why).read_text() or "FAIL" in (tmp_path / why).read_text()
    with monkeypatch.context() as patched:
        patched.setattr(recounting.subprocess, "run", None)
        assert turn(files) == (1, [told])
    files.forget(name)
    assert turn(files) == (0, [])
    assert not (tmp_path / why).exists()


@pytest.mark.parametrize("fault", ["too long", "killed", "broken"])
def test_one_that_was_not_finished_is_a_trouble_and_tried_again_later(
    transaction: Begin,
    clock: Clock,
    tmp_path: Path,
    files: Folder,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    name = published(transaction, clock, tmp_path)
    with monkeypatch.context() as patched:
        if fault == "too long":
            patched.setattr(recounting, "MOST", 0.001)
        else:
            left = subprocess.CompletedProcess([], -9 if fault == "killed" else 1, b"")
            patched.setattr(recounting.subprocess, "run", lambda *_, **__: left)
        number, [told] = turn(files)
        assert (number, "recount of" in told, "REFUSED" in told) == (1, True, False)
        assert turn(files) == (0, []), "others are not held up"
    monkeypatch.setattr(recounting, "_later", {})
    assert turn(files) == (0, [f"{name} recounts"])


def test_a_turn_has_its_end(
    transaction: Begin, clock: Clock, tmp_path: Path, files: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(transaction, clock, tmp_path)
    monkeypatch.setattr(recounting, "A_TURN", -1.0)
    assert turn(files) == (0, [])
