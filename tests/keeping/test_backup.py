"""Backed up while in use, restored elsewhere, verified; broken off or touched it is no backup."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deliberate.cli import main
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.keeping import manifest, restoring, stores
from deliberate.services.evidence import name_of
from deliberate.storage import Folder
from tests.app import new_app
from tests.keeping.living import live
from tests.make import Clock
from tests.make_tablet import Tablet
from tests.s3 import S3

SQLITE_ONLY = pytest.mark.parametrize("tablet_store_kind", ["sqlite"])


def run(
    command: str, url: str, instance: Path, *arguments: str | Path, env: dict[str, str] | None = None
) -> Result:
    return CliRunner().invoke(
        main,
        [command, *map(str, arguments)],
        env={"DELIBERATE_DATABASE_URL": url, "DELIBERATE_INSTANCE_DIR": str(instance), **(env or {})},
    )


@pytest.fixture
def empty_url(tablet_store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place to restore to."""
    if tablet_store_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'other' / 'restored.db'}"
    make: Callable[..., str] = request.getfixturevalue("postgres_database")
    return make()


def test_restored_on_another_machine_the_ledger_holds_and_tablets_notice(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock, empty_url: str
) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    before = tablet.sync()
    made = run("backup", tablet_store.url, tmp_path, tmp_path / "backup", "--with-keys")
    assert made.exit_code == 0, made.output
    late = tablet.answered(tablet.at.entries[6], Answer.AGREE, 12)
    tablet.deliver(late)
    told = manifest.read(tmp_path / "backup")
    assert (told.keys, told.missing, told.rows["consent"]) == (True, (), 4)
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    elsewhere = tmp_path / "elsewhere"
    restored = run("restore", empty_url, elsewhere, tmp_path / "backup", "--with-keys")
    assert restored.exit_code == 0, restored.output
    assert "every ledger works out to its heads" in restored.stdout
    assert (elsewhere / "ledger_key").read_bytes() == (tmp_path / "ledger_key").read_bytes()
    with stores.opened(empty_url) as connection:
        assert stores.heads(connection) == told.heads != {}
        assert stores.epoch(connection) != told.epoch
    _tablet_sends_again(tablet, before["epoch"], late, Database(empty_url, clock), elsewhere)


def _tablet_sends_again(tablet: Tablet, epoch: str, late: object, store: Database, folder: Path) -> None:
    tablet.http = new_app(store, folder).test_client()
    try:
        assert tablet.sync()["epoch"] != epoch
        assert tablet.deliver(late) == ["accepted"]
        kept = {path.name for path in (folder / "evidence").iterdir() if path.is_file()}
        assert len(kept) == 5
    finally:
        store.dispose()


@SQLITE_ONLY
def test_keys_stay_out_unless_asked_for(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock, empty_url: str
) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    assert "kept elsewhere" in run("backup", tablet_store.url, tmp_path, tmp_path / "backup").stdout
    secret = (tmp_path / "ledger_key").read_bytes()
    assert not any(secret in one.read_bytes() for one in (tmp_path / "backup").rglob("*") if one.is_file())
    refused = run("restore", empty_url, tmp_path / "elsewhere", tmp_path / "backup", "--with-keys")
    assert (refused.exit_code, "no keys" in refused.stderr) == (1, True)
    done = run("restore", empty_url, tmp_path / "elsewhere", tmp_path / "backup")
    assert (done.exit_code, "not here: secret_key" in done.stderr) == (0, True)
    assert not (tmp_path / "elsewhere" / "secret_key").exists()


@SQLITE_ONLY
def test_what_is_not_whole_or_not_empty_is_refused(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock, empty_url: str
) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    backup, there = tmp_path / "backup", tmp_path / "there"
    assert run("backup", tablet_store.url, tmp_path, backup, "--with-keys").exit_code == 0
    assert "never written over" in run("backup", tablet_store.url, tmp_path, backup).stderr
    assert "already" in run("restore", tablet_store.url, there, backup).stderr
    there.mkdir(exist_ok=True)
    (there / "receipt_key").write_text("another")
    assert "another key" in run("restore", empty_url, there, backup, "--with-keys").stderr
    for fault in (_without_manifest, _with_a_changed_picture, _with_fewer_rows, _with_another_head):
        shutil.rmtree(tmp_path / "spoilt", ignore_errors=True)
        shutil.copytree(backup, tmp_path / "spoilt")
        said = fault(tmp_path / "spoilt")
        refused = run("restore", empty_url, tmp_path / "elsewhere", tmp_path / "spoilt")
        assert (refused.exit_code, said in refused.stderr) == (1, True), refused.stderr
        assert not stores.file_of(empty_url).exists()
        assert not list(stores.file_of(empty_url).parent.glob(".*"))


def _without_manifest(folder: Path) -> str:
    (folder / manifest.NAME).unlink()
    return "broken off"


def _with_a_changed_picture(folder: Path) -> str:
    picture = next(one for one in (folder / "files" / "evidence").iterdir() if one.is_file())
    picture.write_bytes(picture.read_bytes()[::-1])
    return "is not what it was"


def _rewritten(folder: Path, **said: object) -> None:
    told = json.loads((folder / manifest.NAME).read_text())
    (folder / manifest.NAME).write_text(json.dumps({**told, **said}))


def _with_fewer_rows(folder: Path) -> str:
    _rewritten(folder, rows={"consent": 3})
    return "not the rows"


def _with_another_head(folder: Path) -> str:
    _rewritten(folder, heads={})
    return "not those that the manifest says"


@SQLITE_ONLY
def test_lost_evidence_is_told(tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    (lost, *_rest) = [one.name for one in (tmp_path / "evidence").iterdir() if one.is_file()]
    (tmp_path / name_of(lost)).unlink()
    made = run("backup", tablet_store.url, tmp_path, tmp_path / "backup")
    assert (made.exit_code, f"evidence {lost} is named by the store and is not there" in made.stderr) == (
        0,
        True,
    )
    assert manifest.read(tmp_path / "backup").missing == (lost,)


@SQLITE_ONLY
def test_while_others_write_it_is_of_one_moment(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock, empty_url: str
) -> None:
    stop, written = threading.Event(), []

    def answering() -> None:
        for n, entry in enumerate(tablet.at.entries):
            if stop.is_set():
                break
            written.append(tablet.deliver(tablet.answered(entry, Answer.AGREE, n + 1)))

    writer = threading.Thread(target=answering)
    writer.start()
    made = run("backup", tablet_store.url, tmp_path, tmp_path / "backup")
    stop.set()
    writer.join()
    assert made.exit_code == 0, made.output
    assert run("restore", empty_url, tmp_path / "elsewhere", tmp_path / "backup").exit_code == 0


@SQLITE_ONLY
def test_killed_half_way_nothing_bears_the_name(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock
) -> None:
    """A large file is on its way when the process is killed."""
    live(tablet, tablet_store, tmp_path, clock)
    with (tmp_path / "evidence" / ("f" * 64)).open("wb") as large:
        large.truncate(300 << 20)
    env = {
        **os.environ,
        "DELIBERATE_DATABASE_URL": tablet_store.url,
        "DELIBERATE_INSTANCE_DIR": str(tmp_path),
    }
    command = [
        sys.executable,
        "-c",
        "from deliberate.cli import main; main()",
        "backup",
        str(tmp_path / "backup"),
    ]
    process = subprocess.Popen(command, env=env)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".backup.*.unfinished/database.sqlite3")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -9
    assert not (tmp_path / "backup").exists()
    (left,) = tmp_path.glob(".backup.*.unfinished")
    assert not (left / manifest.NAME).exists()
    with pytest.raises(stores.NotKept, match="broken off"):
        manifest.read(left)


@SQLITE_ONLY
def test_files_in_a_bucket_are_taken_along_and_put_back(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock, empty_url: str, s3: S3
) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    here = {name: (tmp_path / name).read_bytes() for name in Folder(tmp_path).names("evidence")}
    s3.files = {f"council/one/{name}": data for name, data in here.items()}
    assert len(here) == 4
    keys = {"DELIBERATE_RECEIPT_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
    one, other = ({**keys, "DELIBERATE_STORAGE": f"s3://council/{place}"} for place in ("one", "other"))
    made = run("backup", tablet_store.url, tmp_path, tmp_path / "backup", env=one)
    assert (made.exit_code, manifest.read(tmp_path / "backup").missing) == (0, ()), made.output
    restored = run("restore", empty_url, tmp_path / "elsewhere", tmp_path / "backup", env=other)
    assert restored.exit_code == 0, restored.output
    assert {name: s3.files[f"council/other/{name}"] for name in here} == here
    s3.will("HEAD", *["broken"] * 99)
    s3.will("GET", *["broken"] * 99)
    refused = run("backup", tablet_store.url, tmp_path, tmp_path / "second", env=one)
    assert (refused.exit_code, (tmp_path / "second").exists()) == (1, False)


@SQLITE_ONLY
def test_evidence_that_the_disk_changed_is_told(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock
) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    (changed, *_rest) = [one for one in (tmp_path / "evidence").iterdir() if one.is_file()]
    changed.write_bytes(changed.read_bytes()[::-1])
    made = run("backup", tablet_store.url, tmp_path, tmp_path / "backup")
    assert (made.exit_code, f"evidence {changed.name} is not what it was" in made.stderr) == (0, True)
    told = manifest.read(tmp_path / "backup")
    assert (told.damaged, told.missing) == ((f"evidence/{changed.name}",), ())


@SQLITE_ONLY
@pytest.mark.parametrize("beside", ["-wal", "-shm", "-journal"])
def test_a_journal_of_another_store_is_not_played_into_the_restored_one(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock, empty_url: str, beside: str
) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    assert run("backup", tablet_store.url, tmp_path, tmp_path / "backup").exit_code == 0
    target = stores.file_of(empty_url)
    target.parent.mkdir()
    (left := target.with_name(target.name + beside)).write_bytes(b"of the store that was moved away")
    refused = run("restore", empty_url, tmp_path / "elsewhere", tmp_path / "backup")
    assert (refused.exit_code, f"{left} is there already" in refused.stderr) == (1, True)
    assert [one.name for one in target.parent.iterdir()] == [left.name]
    left.unlink()
    assert run("restore", empty_url, tmp_path / "elsewhere", tmp_path / "backup").exit_code == 0


@SQLITE_ONLY
def test_a_store_that_appears_meanwhile_is_not_written_over(
    tablet: Tablet,
    tablet_store: Database,
    tmp_path: Path,
    clock: Clock,
    empty_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    assert run("backup", tablet_store.url, tmp_path, tmp_path / "backup").exit_code == 0
    target = stores.file_of(empty_url)
    begin = restoring._begin

    def slowly(*arguments: object) -> str:
        target.write_bytes(b"another's")
        return begin(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(restoring, "_begin", slowly)
    refused = run("restore", empty_url, tmp_path / "elsewhere", tmp_path / "backup")
    assert (refused.exit_code, "there already" in refused.stderr) == (1, True)
    assert target.read_bytes() == b"another's"


@SQLITE_ONLY
def test_restoring_mends_damaged_evidence_and_tells_what_stays_lacking(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock, empty_url: str
) -> None:
    """What the disk changed has the same length; what is sound here is never replaced by what is not."""
    live(tablet, tablet_store, tmp_path, clock)
    mended, lost, spoilt, sound = sorted(one for one in (tmp_path / "evidence").iterdir() if one.is_file())
    whole = {one: one.read_bytes() for one in (mended, sound)}
    lost.unlink()
    for one in (spoilt, sound):
        one.write_bytes(one.read_bytes()[::-1])
    made = run("backup", tablet_store.url, tmp_path, tmp_path / "backup")
    assert "BUT 3 files are lacking or damaged" in made.stdout
    mended.write_bytes(whole[mended][::-1])
    sound.write_bytes(whole[sound])
    done = run("restore", empty_url, tmp_path, tmp_path / "backup")
    assert (done.exit_code, "BUT 2 files are lacking or damaged" in done.stdout) == (0, True), done.output
    assert f"evidence {lost.name} was not in the backup" in done.stderr
    assert f"evidence {spoilt.name} is not what it was" in done.stderr
    assert {one: one.read_bytes() for one in whole} == whole


@SQLITE_ONLY
def test_in_a_bucket_a_marker_or_one_bad_file_does_not_hold_up_the_backup(
    tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock, s3: S3
) -> None:
    live(tablet, tablet_store, tmp_path, clock)
    here = {name: (tmp_path / name).read_bytes() for name in Folder(tmp_path).names("evidence")}
    s3.files = {f"council/one/{name}": data for name, data in here.items()} | {"council/one/evidence/": b""}
    bad, *others = sorted(here)
    s3.files[f"council/one/{bad}"] = here[bad][::-1]
    bucket = {
        "DELIBERATE_RECEIPT_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "DELIBERATE_STORAGE": "s3://council/one",
    }
    made = run("backup", tablet_store.url, tmp_path, tmp_path / "backup", env=bucket)
    assert (made.exit_code, "cannot be read" in made.stderr) == (0, True), made.output
    told = manifest.read(tmp_path / "backup")
    assert (told.damaged, told.missing) == ((bad,), (bad.removeprefix("evidence/"),))
    assert sorted(Folder(tmp_path / "backup" / "files").names("evidence")) == others
