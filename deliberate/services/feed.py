"""The feed of heads as files, for a second party to mirror: `INSTANCE_DIR/feed/<community>/`.

    <size>-<id>.note   one signed head, with the cosignatures it has by now
    latest             the newest of them
    index              the names of all, the newest first
    key                the log's verifier keys, the one in use first

Plain files that only ever gain lines: rsync, git or any web server will carry them.
"""

import os
from pathlib import Path

from sqlalchemy.orm import Session

from deliberate.domain.ledger.head import AnchorWay
from deliberate.queries import heads

RECENT = 50
"""Heads whose files are looked at again, for they may have been cosigned."""


def files(session: Session, community_id: int) -> dict[str, str]:
    """Files by their names: notes that are not out yet, recent ones, and what changes with every head."""
    every = heads.listing(session, community_id)
    out = heads.anchored(session, community_id, AnchorWay.FEED)
    due = [*every[:RECENT], *(head for head in every[RECENT:] if head.id not in out)]
    texts = {head.file: heads.note_text(session, head) for head in due}
    if every:
        texts["latest"] = texts[every[0].file]
    texts["index"] = index(every)
    texts["key"] = key(session, community_id)
    return texts


def index(every: tuple[heads.Head, ...]) -> str:
    """The names of all notes, one a line."""
    return "".join(f"{head.file}\n" for head in every)


def key(session: Session, community_id: int) -> str:
    """Verifier keys, one a line."""
    return "".join(f"{one}\n" for one in heads.keys(session, community_id))


def write(folder: Path, texts: dict[str, str]) -> int:
    """Write what is new or has changed, each file whole or not at all; how many were written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for name, text in texts.items():
        path = folder / name
        if path.is_file() and path.read_text() == text:
            continue
        beside = folder / f".{name}.new"
        beside.write_text(text)
        os.replace(beside, path)
        written += 1
    return written
