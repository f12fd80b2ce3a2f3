"""Where files are kept: evidence, pictures, recordings, sealed letters, bulletins. A folder, or a bucket that many
machines share (`DELIBERATE_STORAGE`, docs/running.md).

A file has a name like `evidence/<sha256>`; it is there whole or not at all, and on the disk for good when `keep`
returns. Files go in and out as streams, never as a whole in memory.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from deliberate.whole_files import whole

KINDS = ("evidence", "pictures", "recordings", "letters", "bulletins")
"""What is kept here, and what a backup takes along."""


class Storage(Protocol):
    """Names and bytes; nothing is changed once it is kept, but for being kept anew or forgotten."""

    def size(self, name: str) -> int | None:
        """Bytes of the file; None when there is none."""

    def open(self, name: str) -> IO[bytes]:
        """To be read from the beginning, and closed; FileNotFoundError when there is none."""

    def keep(self, name: str, data: IO[bytes]) -> None:
        """From where the stream stands to its end, for good."""

    def forget(self, name: str) -> None:
        """Gone, if it was there."""

    def names(self, under: str) -> Iterator[str]:
        """Of all whole files below `under`, in order."""


class Folder:
    """On this machine's disk: right for one machine, or for several that share the folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def size(self, name: str) -> int | None:
        path = self._path(name)
        return path.stat().st_size if path.is_file() else None

    def open(self, name: str) -> IO[bytes]:
        return self._path(name).open("rb")

    def keep(self, name: str, data: IO[bytes]) -> None:
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with whole(path) as draft:
            shutil.copyfileobj(data, draft, 1 << 20)

    def forget(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def names(self, under: str) -> Iterator[str]:
        for folder, folders, files in os.walk(self.root / under):
            folders.sort()
            for name in sorted(files):
                if not name.startswith("."):
                    yield (Path(folder) / name).relative_to(self.root).as_posix()

    def _path(self, name: str) -> Path:
        """Below the root, whatever the name says."""
        if any(part in ("", ".", "..") or part.startswith(".") for part in name.split("/")):
            raise ValueError(f"{name!r} is no name of a file here")
        return self.root / name
