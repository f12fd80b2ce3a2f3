"""A backup put back into an empty place, verified before anybody relies on it, and a new life of the store begun.

Tablets see the new epoch and send again what the store lacks (docs/tablet-protocol.md). Keys that are here already
are never replaced: a signer's memory that is newer than the backup is what keeps it from signing a second history.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shutil import copyfile
from uuid import uuid4

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select, table
from sqlalchemy import inspect as look_into
from sqlalchemy.orm import Session

from deliberate import whole_files
from deliberate.migrate import alembic_config, upgrade
from deliberate.models.guards import roles
from deliberate.services import epochs
from deliberate.storage import Storage, StorageAway, promised

from . import manifest, postgres_tools, stores
from .backup import DATABASE, KEYS, MEMORY
from .manifest import Manifest
from .stores import NotKept

Say = Callable[[str], None]
BESIDE = ("", "-wal", "-shm", "-journal")
"""What belongs to a file of SQLite: whatever of it is left from another store, SQLite would play into this one."""


@dataclass
class Restore:
    """One backup on its way back."""

    url: str
    storage: Storage
    instance_dir: Path
    say: Say
    lacking: list[str] = field(default_factory=list)
    """Files that are still not here, or not what they are named by, when all is put back."""

    def put_back(self, folder: Path, *, keys: bool, now: datetime) -> str:
        """Restore everything; the new epoch. NotKept when the backup is not whole or the place is not empty."""
        told = manifest.read(folder)
        self._refuse(told, keys=keys)
        manifest.verify(folder, told)
        if keys:
            self._refuse_other_keys(folder)
        self._files(folder, told)
        if keys:
            self._keys(folder)
        reason = f"restored from the backup of {told.made_at}"
        if told.store == "sqlite":
            return self._sqlite(folder, told, reason, now)
        return self._postgres(folder, told, reason, now)

    def _refuse(self, told: Manifest, *, keys: bool) -> None:
        here = "sqlite" if stores.is_sqlite(self.url) else "postgresql"
        if told.store != here:
            raise NotKept(f"this is a backup of {told.store}: restore it to one, then use `deliberate copy`")
        known = {one.revision for one in ScriptDirectory.from_config(alembic_config("")).walk_revisions()}
        if told.revision not in known:
            raise NotKept("the backup was made by a newer program; restore it with that one")
        if keys and not told.keys:
            raise NotKept("there are no keys in this backup")
        if here == "sqlite":
            _refuse_what_is_there(stores.file_of(self.url))
            return
        with stores.opened(self.url) as connection:
            if look_into(connection).get_table_names():
                raise NotKept("the database is not empty; create an empty one")

    def _files(self, folder: Path, told: Manifest) -> None:
        """First, so that no record names what is not there. What is here already by content stays."""
        for path, said in told.files.items():
            kind, _, name = path.partition("/")
            if kind != "files":
                continue
            fit = promised(name) or said["sha256"]
            here = self._hash(name)
            if here != fit and here != said["sha256"]:
                with (folder / path).open("rb") as file:
                    self.storage.keep(name, file)
                here = said["sha256"]
            if here != fit:
                self._lacks(name, "is not what it was when it was kept")
        for name in sorted({f"evidence/{one}" for one in told.missing} | set(told.damaged)):
            if f"files/{name}" not in told.files and self._hash(name) is None:
                self._lacks(name, "was not in the backup, and is not here")

    def _hash(self, name: str) -> str | None:
        """Of what is here; None when it is not here, or cannot be read."""
        try:
            with self.storage.open(name) as file:
                return manifest.digest(file)[1]
        except (FileNotFoundError, StorageAway):
            return None

    def _lacks(self, name: str, how: str) -> None:
        self.lacking.append(name)
        self.say(f"{name.replace('/', ' ', 1)} {how}")

    def _keys(self, folder: Path) -> None:
        self.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in self._kept_keys(folder):
            whole_files.made_once(self.instance_dir / path.name, path.read_bytes)

    def _kept_keys(self, folder: Path) -> list[Path]:
        return [path for name in KEYS if (path := folder / "keys" / name).is_file()]

    def _refuse_other_keys(self, folder: Path) -> None:
        """The memory of the signer may be newer here; a key may not be another."""
        for path in self._kept_keys(folder):
            here = self.instance_dir / path.name
            if path.name != MEMORY and here.exists() and here.read_bytes() != path.read_bytes():
                raise NotKept(f"{here} is another key than the one in the backup; move it away first")

    def _sqlite(self, folder: Path, told: Manifest, reason: str, now: datetime) -> str:
        """Under another name until all is verified and the new epoch has begun."""
        target = stores.file_of(self.url)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{uuid4().hex}")
        try:
            copyfile(folder / DATABASE["sqlite"], draft)
            draft.chmod(0o600)
            begun = _begin(f"sqlite:///{draft}", told, reason, now)
            with draft.open("rb") as file:
                whole_files.settle_file(file)
            _publish(draft, target)
            return begun
        finally:
            for beside in BESIDE:
                draft.with_name(draft.name + beside).unlink(missing_ok=True)

    def _postgres(self, folder: Path, told: Manifest, reason: str, now: datetime) -> str:
        postgres_tools.restore(self.url, folder / DATABASE["postgresql"])
        try:
            return _begin(self.url, told, reason, now)
        except NotKept as fault:
            raise NotKept(f"{fault}. Do not serve this database; drop it and look into the backup") from fault


def _refuse_what_is_there(target: Path) -> None:
    there = [one for beside in BESIDE if (one := target.with_name(target.name + beside)).exists()]
    if there:
        verb = "is" if len(there) == 1 else "are"
        raise NotKept(f"{', '.join(map(str, there))} {verb} there already; move all of it away first")


def _publish(draft: Path, target: Path) -> None:
    """Under its own name, never over another; what is read under that name is whole, or it is taken back."""
    _refuse_what_is_there(target)
    try:
        os.link(draft, target)
    except FileExistsError:
        raise NotKept(f"{target} is there already; move all of it away first") from None
    whole_files.settle(target.parent)
    try:
        with stores.opened(f"sqlite:///{target}") as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
        if found != ["ok"]:
            raise NotKept(f"{target} is damaged under its own name: something else lies beside it")
    except NotKept:
        target.unlink()
        raise


def _begin(url: str, told: Manifest, reason: str, now: datetime) -> str:
    """Compare with what the manifest says, bring the tables to today's, verify ledgers, begin the new epoch."""
    with stores.opened(url) as connection:
        if _rows(connection, told) != dict(told.rows):
            raise NotKept("the store has not the rows that the manifest says")
    upgrade(url)
    with stores.opened(url, begin="BEGIN IMMEDIATE") as connection, connection.begin():
        if stores.heads(connection) != {slug: dict(head) for slug, head in told.heads.items()}:
            raise NotKept("the newest heads are not those that the manifest says")
        if faults := stores.faults_of_ledgers(connection):
            raise NotKept(f"the ledger does not work out: {'; '.join(faults)}")
        if told.roles:
            roles.make(connection)
        with Session(connection) as session:
            begun = epochs.begin_epoch(session, reason, now=now)
            session.flush()
        return begun


def _rows(connection: Connection, told: Manifest) -> dict[str, int]:
    there = set(look_into(connection).get_table_names())
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in told.rows
        if name in there
    }
