"""A store of SQLite is for its user alone: it holds names and answers, beside a key that nobody else may read.

Its companions (`-wal`, `-shm`) are made by SQLite with the rights of the store's own file.
"""

import os
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE
from typing import Any

from sqlalchemy import Engine, event

from . import whole_files

ALONE = 0o600
BESIDE = ("", "-wal", "-shm", "-journal")


def kept(engine: Engine) -> Engine:
    """The same engine: the file is made for its user alone, and shut again where it lay open to others."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _before_connecting)
    return engine


def _before_connecting(_dialect: Any, _record: Any, said: Any, options: Any) -> None:
    """What goes wrong here is left to SQLite to say."""
    name = str(said[0]) if said else ":memory:"
    if name in ("", ":memory:") or options.get("uri"):
        return
    with suppress(OSError):
        whole_files.made(Path(name), bytes)
    for beside in BESIDE:
        with suppress(OSError):
            _shut(name + beside)


def _shut(path: str) -> None:
    """Only the file's own user may, and only a file that is open is touched; it is never opened for that."""
    found = os.stat(path)
    if found.st_uid == os.geteuid() and S_IMODE(found.st_mode) & ~ALONE:
        os.chmod(path, ALONE)
