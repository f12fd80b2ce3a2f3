"""Files on this machine's disk: right for one machine, or for several that share the folder."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from deliberate.whole_files import settle, whole

from .kept import StorageAway, is_strange, refuse_strange


class Folder:
    """Below `root`, each file under its name."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def size(self, name: str) -> int | None:
        """By the file itself."""
        path = self._path(name)
        return path.stat().st_size if path.is_file() else None

    def open(self, name: str) -> IO[bytes]:
        """The file itself."""
        return self._path(name).open("rb")

    def keep(self, name: str, data: IO[bytes]) -> None:
        """On the disk: the bytes, then the name, then the folders."""
        path = self._path(name)
        try:
            self._make(path.parent)
            with whole(path) as draft:
                shutil.copyfileobj(data, draft, 1 << 20)
        except OSError as error:
            raise StorageAway() from error

    def forget(self, name: str) -> None:
        """The name, and a folder of its own that is empty then; a reader who has it open reads on."""
        path = self._path(name)
        path.unlink(missing_ok=True)
        if path.parent.parent != self.root:
            with suppress(OSError):
                path.parent.rmdir()

    def names(self, under: str) -> Iterator[str]:
        """In order."""
        for folder, folders, files in os.walk(self.root / under):
            folders.sort()
            for file in sorted(files):
                name = (Path(folder) / file).relative_to(self.root).as_posix()
                if not is_strange(name):
                    yield name

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(mode=0o700, exist_ok=True)
            settle(folder.parent)

    def _path(self, name: str) -> Path:
        refuse_strange(name)
        return self.root / name
