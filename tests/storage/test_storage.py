"""A folder and a bucket keep the same promises, also when the store breaks its own."""

import errno
import io
import os
import time
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from deliberate.config import ConfigError, read_config
from deliberate.storage import Folder, Storage, StorageAway, keep_once, storage_of
from deliberate.storage.bucket import Bucket
from deliberate.web.registrar.uploads import Uploads
from tests.s3 import S3

DATA = bytes(range(256)) * 5000
NAME = f"evidence/{sha256(DATA).hexdigest()}"


@pytest.fixture
def bucket(s3: S3) -> Bucket:
    return client(1)


@cache
def client(patience: float) -> Bucket:
    """Made once, since it takes long to make."""
    return Bucket.at("s3://council/town", patience=patience)


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return Folder(tmp_path) if request.param == "folder" else request.getfixturevalue("bucket")  # type: ignore[no-any-return]


def read(storage: Storage, name: str) -> bytes:
    with storage.open(name) as file:
        return file.read()


def test_what_is_kept_is_there_whole(storage: Storage) -> None:
    assert storage.size(NAME) is None
    with pytest.raises(FileNotFoundError):
        storage.open(NAME)
    storage.keep(NAME, io.BytesIO(DATA))
    assert (storage.size(NAME), read(storage, NAME)) == (len(DATA), DATA)
    storage.keep("letters/1/2.sealed", io.BytesIO(b"one"))
    storage.keep("letters/1/2.sealed", io.BytesIO(b"other"))
    assert read(storage, "letters/1/2.sealed") == b"other"
    storage.keep("uploads/empty", io.BytesIO())
    assert (storage.size("uploads/empty"), read(storage, "uploads/empty")) == (0, b"")


def test_names_are_listed_and_forgotten(storage: Storage) -> None:
    names = [f"evidence/incoming/one/{n}" for n in range(7)]
    for name in [*names, "evidence/other", "evidence2/no"]:
        storage.keep(name, io.BytesIO(b"x"))
    assert sorted(storage.names("evidence")) == [*names, "evidence/other"]
    assert sorted(storage.names("evidence/incoming/one")) == names
    assert list(storage.names("evidence/incoming/on")) == list(storage.names("nothing")) == []
    for name in names:
        storage.forget(name)
        storage.forget(name)
    assert list(storage.names("evidence")) == ["evidence/other"]


def test_a_part_is_read_without_the_rest(storage: Storage) -> None:
    storage.keep(NAME, io.BytesIO(DATA))
    with storage.open(NAME) as file:
        assert file.read(10) == DATA[:10]
        file.seek(1_000_000)
        assert file.read(7) == DATA[1_000_000:1_000_007]
        file.seek(-5, io.SEEK_END)
        assert file.read() == DATA[-5:]


def test_what_others_put_there_is_passed_over(storage: Storage, s3: S3, tmp_path: Path) -> None:
    """A tool's marker of a folder, a desktop's hidden file: no names of ours, so nobody is handed them."""
    storage.keep("evidence/one", io.BytesIO(b"x"))
    if isinstance(storage, Folder):
        (tmp_path / "evidence" / ".trash").mkdir()
        for name in (".DS_Store", ".trash/one", "a\\b"):
            (tmp_path / "evidence" / name).write_bytes(b"")
    else:
        s3.files |= {f"council/town/evidence/{name}": b"" for name in ("", ".DS_Store", ".trash/one", "a\\b")}
    assert list(storage.names("evidence")) == ["evidence/one"]


@pytest.mark.parametrize(
    "name", ["bulletins/a b+c%20&d=é.zip", "pictures/居民.png", "letters/~'()!*;:@$,?#[<\"].x"]
)
def test_a_name_is_taken_as_it_is(storage: Storage, name: str) -> None:
    storage.keep(name, io.BytesIO(DATA))
    assert (storage.size(name), read(storage, name)) == (len(DATA), DATA)
    assert list(storage.names(name.partition("/")[0])) == [name]
    storage.forget(name)
    assert storage.size(name) is None


@pytest.mark.parametrize(
    "name", ["../x", "evidence/../../x", "/etc/passwd", "a//b", ".hidden", "a/.b", "a\\b"]
)
def test_a_name_never_leads_out(storage: Storage, name: str) -> None:
    for deed in (storage.size, storage.open, storage.forget, lambda one: storage.keep(one, io.BytesIO())):
        with pytest.raises(ValueError, match="no name"):
            deed(name)


def test_what_breaks_while_it_comes_leaves_nothing(storage: Storage) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 100_000:
                raise ConnectionResetError
            return super().read(size)

    with pytest.raises((ConnectionResetError, StorageAway)):
        storage.keep(NAME, Breaking(DATA))
    assert (storage.size(NAME), list(storage.names("evidence"))) == (None, [])


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageAway):
        Folder(tmp_path).keep(NAME, io.BytesIO(DATA))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("fault", ["broken", "broken after", "corrupted"])
def test_a_put_that_failed_is_tried_again_or_refused(bucket: Bucket, s3: S3, fault: str) -> None:
    s3.will("PUT", fault)
    tries = {"corrupted": 1}.get(fault, 2)
    try:
        bucket.keep(NAME, io.BytesIO(DATA))
    except StorageAway:
        assert fault == "corrupted", (
            "the store refuses what arrived otherwise; it is sent again by its sender"
        )
    assert s3.asked == [f"PUT council/town/{NAME}"] * tries
    keep_once(bucket, NAME, DATA)
    assert s3.files == {f"council/town/{NAME}": DATA}


def test_a_store_that_stays_broken_is_said(bucket: Bucket, s3: S3) -> None:
    s3.will("PUT", *["broken"] * 3)
    with pytest.raises(StorageAway):
        bucket.keep(NAME, io.BytesIO(DATA))
    s3.will("HEAD", *["broken"] * 3)
    with pytest.raises(StorageAway):
        bucket.size(NAME)
    s3.will("GET", *["broken"] * 3)
    with pytest.raises(StorageAway):
        list(bucket.names("evidence"))
    bucket.keep(NAME, io.BytesIO(DATA))
    assert read(bucket, NAME) == DATA


def test_nobody_waits_for_a_slow_store_for_ever(bucket: Bucket, s3: S3) -> None:
    s3.slow = 5
    s3.will("HEAD", *["slow"] * 3)
    began = time.monotonic()
    quick = client(0.2)
    with pytest.raises(StorageAway):
        quick.size(NAME)
    assert time.monotonic() - began < 5


def test_a_body_that_was_cut_is_fetched_on_from_there(bucket: Bucket, s3: S3) -> None:
    bucket.keep(NAME, io.BytesIO(DATA))
    s3.will("GET", "truncated", "broken", "truncated")
    assert read(bucket, NAME) == DATA


def test_a_body_that_stays_cut_is_never_taken_for_the_whole(bucket: Bucket, s3: S3) -> None:
    bucket.keep(NAME, io.BytesIO(DATA))
    s3.will("GET", *["broken"] * 20)
    with pytest.raises(StorageAway):
        read(bucket, NAME)


def test_bytes_that_are_not_those_of_the_name_are_not_handed_out_to_the_end(bucket: Bucket, s3: S3) -> None:
    bucket.keep(NAME, io.BytesIO(DATA))
    s3.will("GET", "flipped")
    taken: list[int] = []
    with bucket.open(NAME) as file, pytest.raises(StorageAway):
        taken.extend(len(piece) for piece in iter(lambda: file.read(100_000), b""))
    assert sum(taken) < len(DATA)
    s3.files[f"council/town/{NAME}"] = DATA[:-1] + b"?"
    with pytest.raises(StorageAway):
        read(bucket, NAME)


@pytest.mark.parametrize("wrong", ["bucket", "key", "region"])
def test_a_wrong_bucket_or_key_is_never_taken_for_a_lacking_file(
    s3: S3, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store answers a question for a file's size without a word on whether it is the bucket that is lacking."""
    named = {"key": "AWS_ACCESS_KEY_ID", "region": "AWS_REGION"}.get(wrong, "NO_MATTER")
    monkeypatch.setenv(named, "another-1")
    there = Bucket.at(f"s3://{'nobody' if wrong == 'bucket' else 'council'}/town")
    for deed in (
        lambda: there.size(NAME),
        lambda: there.open(NAME),
        lambda: there.keep(NAME, io.BytesIO(DATA)),
        lambda: there.forget(NAME),
        lambda: list(there.names("evidence")),
    ):
        with pytest.raises(StorageAway):
            deed()
    assert not s3.files


def test_the_bucket_itself_is_asked_for_once(s3: S3) -> None:
    there = Bucket.at("s3://council/town")
    assert [there.size(NAME), there.size(NAME)] == [None, None]
    assert s3.asked.count("GET council") == 1


def test_the_settings_choose_and_many_machines_have_their_keys_in_common(tmp_path: Path, s3: S3) -> None:
    home = {"DELIBERATE_INSTANCE_DIR": str(tmp_path), "DELIBERATE_SECRET_KEY": "k" * 40}
    key = {"DELIBERATE_RECEIPT_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
    assert isinstance(storage_of(read_config(home)), Folder)
    there = storage_of(read_config(home | key | {"DELIBERATE_STORAGE": "s3://council/town"}))
    assert (there.bucket, there.prefix) == ("council", "town/")  # type: ignore[attr-defined]
    for wrong in (
        {"DELIBERATE_STORAGE": "s3://council"},
        key | {"DELIBERATE_STORAGE": "/srv/files"},
        {"DELIBERATE_RECEIPT_KEY": "short"},
    ):
        with pytest.raises(ConfigError):
            read_config(home | wrong)
    with pytest.raises(ConfigError):
        read_config({**key, "DELIBERATE_INSTANCE_DIR": str(tmp_path), "DELIBERATE_STORAGE": "s3://council"})


def test_a_file_that_is_none_of_ours_holds_up_no_upload(tmp_path: Path) -> None:
    files = Folder(tmp_path)
    for name in ("uploads/README", "uploads/00000000old"):
        files.keep(name, io.BytesIO(b"x"))
    kept = Uploads(files).keep(b"a roll", 1, 1, "roll.xlsx", "")
    assert sorted(files.names("uploads")) == [
        f"uploads/{kept.token}",
        f"uploads/{kept.token}.json",
        "uploads/README",
    ]
