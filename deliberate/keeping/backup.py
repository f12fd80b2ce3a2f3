"""A backup while the store is in use: its contents at one moment, the files that it names, one manifest.

The store is read first, files afterwards: a file is kept before a record names it, so none can be lacking. All of
it is made under another name, which is changed when everything is on the disk: what bears the name is whole.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from errno import EIO
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from sqlalchemy import Connection, select

from deliberate import whole_files
from deliberate.models import Evidence
from deliberate.models.guards import astray, roles
from deliberate.revisions import newest_revision
from deliberate.storage import KINDS, Storage, StorageAway, promised

from . import postgres_tools, stores
from .manifest import Manifest, digest
from .stores import NotKept

DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
MEMORY = "ledger_state"
"""What the signer signed last."""
KEYS = ("secret_key", "receipt_key", "ledger_key", MEMORY)
PATIENCE = 10
"""Files in a row that cannot be read: then it is not they, but the place where they are."""
Say = Callable[[str], None]


@dataclass
class Backup:
    """One backup on its way into `folder`."""

    url: str
    storage: Storage
    instance_dir: Path
    say: Say
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)

    def make(self, folder: Path, *, keys: bool, now: datetime) -> Manifest:
        """Make it; NotKept when there is something of that name already, or the store cannot be read."""
        if folder.exists():
            raise NotKept(f"{folder} is there already; a backup is never written over another")
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = folder.with_name(f".{folder.name}.{uuid4().hex}.unfinished")
        draft.mkdir(mode=0o700)
        try:
            made = self._fill(draft, keys=keys, now=now)
            made.write(draft)
            draft.rename(folder)
            whole_files.settle(folder.parent)
            return made
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _fill(self, draft: Path, *, keys: bool, now: datetime) -> Manifest:
        sqlite = stores.is_sqlite(self.url)
        facts = self._sqlite(draft) if sqlite else self._postgres(draft)
        if lacking := facts.pop("astray"):
            self.say(
                f"{len(lacking)} of the store's guards are lacking or not today's; run `deliberate migrate`"
            )
        named = facts.pop("evidence")
        self._files(draft)
        if keys:
            self._keys(draft)
        missing = tuple(sorted(one for one in named if f"files/evidence/{one}" not in self.files))
        for one in missing:
            self.say(f"evidence {one} is named by the store and is not there")
        return Manifest(
            made_at=now.isoformat(),
            program=version("deliberate"),
            files=self.files,
            keys=keys,
            missing=missing,
            damaged=tuple(sorted(self.damaged)),
            **facts,
        )

    def _sqlite(self, draft: Path) -> dict[str, Any]:
        """By SQLite's own backup: one moment, writers go on meanwhile."""
        source, copy = stores.file_of(self.url), draft / DATABASE["sqlite"]
        if not source.is_file():
            raise NotKept(f"there is no {source}")
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as one,
            closing(sqlite3.connect(copy)) as two,
        ):
            one.backup(two)
            two.execute("PRAGMA journal_mode = DELETE")
            if two.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise NotKept(f"{source} is damaged: restore an older backup")
        copy.chmod(0o600)
        with stores.opened(f"sqlite:///{copy}") as connection:
            facts = _facts(connection)
        self._note(draft, copy)
        return facts

    def _postgres(self, draft: Path) -> dict[str, Any]:
        """By `pg_dump` under a snapshot, in which the manifest's facts are read too."""
        copy = draft / DATABASE["postgresql"]
        with stores.opened(self.url) as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                facts = _facts(connection)
                snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
                postgres_tools.dump(self.url, copy, snapshot)
        copy.chmod(0o600)
        self._note(draft, copy)
        return facts

    def _files(self, draft: Path) -> None:
        """One that cannot be read holds up no other, as long as the place itself answers."""
        in_a_row = 0
        for kind in KINDS:
            for name in self.storage.names(kind):
                try:
                    self._copy(draft, name)
                    in_a_row = 0
                except FileNotFoundError:
                    continue  # a letter that was forgotten meanwhile, an upload that came whole
                except StorageAway:
                    in_a_row += 1
                    if in_a_row == PATIENCE:
                        raise
                    next(self.storage.names(kind), None)  # does it answer at all?
                    self._note_damaged(name, "cannot be read")

    def _copy(self, draft: Path, name: str) -> None:
        """What is named by its bytes is compared with them, while older backups are there."""
        try:
            with self.storage.open(name) as file:
                self._take(draft, f"files/{name}", file)
        except OSError as error:
            if error.errno != EIO:
                raise
            raise StorageAway() from error  # a bad place of the disk, not one that is full
        if promised(name) not in (None, self.files[f"files/{name}"]["sha256"]):
            self._note_damaged(name, "is not what it was when it was kept")

    def _note_damaged(self, name: str, how: str) -> None:
        self.damaged.append(name)
        self.say(f"{name.replace('/', ' ', 1)} {how}")

    def _keys(self, draft: Path) -> None:
        for name in KEYS:
            path = self.instance_dir / name
            if path.is_file():
                with path.open("rb") as file:
                    self._take(draft, f"keys/{name}", file)

    def _take(self, draft: Path, name: str, file: IO[bytes]) -> None:
        path = draft / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with whole_files.whole(path) as kept:
            shutil.copyfileobj(file, kept, 1 << 20)
        self._note(draft, path)

    def _note(self, draft: Path, path: Path) -> None:
        with path.open("rb") as file:
            size, sha256 = digest(file)
        self.files[path.relative_to(draft).as_posix()] = {"size": size, "sha256": sha256}


def _facts(connection: Connection) -> dict[str, Any]:
    """What the store says of itself; a store of another time is not backed up blindly."""
    found = stores.revision(connection)
    if found is None or found != newest_revision():
        raise NotKept(
            "the store has not the tables of this program; back it up with the program that it belongs to"
        )
    postgres = connection.dialect.name == "postgresql"
    return {
        "astray": astray(connection),
        "store": connection.dialect.name,
        "revision": found,
        "roles": postgres and roles.owned_by_role(connection),
        "epoch": stores.epoch(connection),
        "heads": stores.heads(connection),
        "rows": stores.counts(connection),
        "evidence": set(connection.scalars(select(Evidence.sha256))),
    }
