"""Files that are there whole or not at all, for their user alone, on the disk before anybody relies on them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from uuid import uuid4


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds, made at first use; of several that make it at once, all get the first one's."""
    made(path, make)
    return path.read_bytes()


def made(path: Path, make: Callable[[], bytes]) -> None:
    """The file is there. Under its own name it is never opened here: a store's locks would not survive its closing."""
    if not path.exists():
        with _draft(path, make()) as draft, suppress(FileExistsError):
            os.link(draft, path)
        settle(path.parent)


def replace(path: Path, data: bytes) -> None:
    """The file holds this from now on."""
    with _draft(path, data) as draft:
        os.replace(draft, path)
    settle(path.parent)


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, that takes its name when all of it is on the disk, and leaves nothing otherwise."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    settle(path.parent)


@contextmanager
def _draft(path: Path, data: bytes) -> Iterator[Path]:
    """The bytes under another name beside it, which is gone afterwards."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def settle_file(file: IO[bytes]) -> None:
    """What was written by others is on the disk."""
    os.fsync(file.fileno())


def settle(folder: Path) -> None:
    """A name is on the disk only when its folder is."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
