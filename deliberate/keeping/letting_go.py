"""Files that no row names any more are let go: those that erasing left, and those that were never registered.

What erasing leaves is written down before its rows are gone for good, and taken away afterwards, each once more looked
for among the rows: whatever happens between, nothing that is named goes and nothing else stays. A file that no row
names may be of a deed under way; it goes when it was without a name a day before, too.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from io import BytesIO
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.sync import Verdict
from deliberate.models import DeclaredEvidence, Evidence, EvidenceUpload, StackPicture, TabletRecord
from deliberate.services import evidence, uploads
from deliberate.storage import Storage, begun

from . import stores

LISTS = "erasing"
"""Where what is owed is written down: `now-…` is taken away at once, `seen/<time>-…` after `REST`."""
REST = timedelta(days=1)
LOT = 500


def owe(files: Storage, names: Iterable[str]) -> None:
    """These are to go, unless their rows are still there: whole names, or all that is in a place (with `/`)."""
    if wanted := sorted(names):
        _write(files, f"{LISTS}/now-{uuid4().hex}", wanted)


def let_go(url: str, files: Storage, now: datetime) -> None:
    """Take away what is owed, what had no name a day ago and has none, and write down what has none now."""
    with stores.opened(url) as connection, Session(connection) as session:
        young: set[str] = set()
        for at in list(files.names(LISTS)):
            names = _read(files, at)
            if at.startswith(f"{LISTS}/now-"):
                gone = _owed(session, files, names)
            elif now.timestamp() - (begun(at) or 0) < REST.total_seconds():
                young |= names
                continue
            else:
                gone = _nameless(session, names)
            for name in sorted(gone):
                files.forget(name)
            files.forget(at)
        if seen := _nameless(session, set(files.names("evidence"))) - young:
            _write(files, f"{LISTS}/seen/{int(now.timestamp()):08x}-{uuid4().hex}", sorted(seen))


def needed(session: Session, hashes: Collection[str]) -> set[str]:
    """Those of the kept pictures that show something still: of a consent, of a stack, or of a tablet's record that
    waits, was refused, or came too late for one of its matters."""
    found: set[str] = set()
    shows = (
        select(EvidenceUpload.kept_sha256)
        .join(DeclaredEvidence, DeclaredEvidence.sha256 == EvidenceUpload.sha256)
        .join(
            TabletRecord,
            (TabletRecord.id == DeclaredEvidence.tablet_record_id)
            & (TabletRecord.device_uuid == EvidenceUpload.device_uuid),
        )
        .where(TabletRecord.verdict != Verdict.ACCEPTED)
    )
    for lot in _lots(hashes):
        found |= set(session.scalars(select(Evidence.sha256).where(Evidence.sha256.in_(lot))))
        found |= set(session.scalars(select(StackPicture.sha256).where(StackPicture.sha256.in_(lot))))
        found |= {one for one in session.scalars(shows.where(EvidenceUpload.kept_sha256.in_(lot))) if one}
    return found


def _owed(session: Session, files: Storage, names: Collection[str]) -> set[str]:
    """What of it may go, as the rows are now."""
    pictures = {name.rpartition("/")[2]: name for name in names if not name.endswith("/")}
    kept = needed(session, pictures)
    gone = {name for sha256, name in pictures.items() if sha256 not in kept}
    for place in (name for name in names if name.endswith("/")):
        gone |= _nameless(session, set(files.names(place.rstrip("/"))))
    return gone


def _nameless(session: Session, names: Collection[str]) -> set[str]:
    """Those that no row whatsoever names."""
    by_hash = {
        name.rpartition("/")[2]: name for name in names if evidence.name_of(name.rpartition("/")[2]) == name
    }
    places = {name.rpartition("/")[0] for name in names} - {"evidence"}
    named: set[str] = set()
    for column in (Evidence.sha256, StackPicture.sha256, EvidenceUpload.kept_sha256):
        for lot in _lots(by_hash):
            named |= {by_hash[one] for one in session.scalars(select(column).where(column.in_(lot))) if one}
    for lot in _lots({place[-64:] for place in places}):
        rows = session.execute(
            select(EvidenceUpload.device_uuid, EvidenceUpload.sha256).where(EvidenceUpload.sha256.in_(lot))
        )
        places -= {uploads.place_of(device, sha256) for device, sha256 in rows}
    chunks = {name for name in names if name.rpartition("/")[0] in places}
    return chunks | (set(by_hash.values()) - named)


def _lots(every: Collection[str]) -> Iterator[Sequence[str]]:
    return stores.in_lots(sorted(every), LOT)


def _write(files: Storage, at: str, names: list[str]) -> None:
    files.keep(at, BytesIO(json.dumps(names).encode()))


def _read(files: Storage, at: str) -> set[str]:
    with suppress(FileNotFoundError), files.open(at) as kept:
        return set(json.loads(kept.read()))
    return set()
