"""Builders of ledgers: leaves, and the worker's turn that places, heads and signs them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from deliberate.commands import worker
from deliberate.commands.heads import Turn
from deliberate.config import Config
from deliberate.db import Database
from deliberate.domain.ledger import merkle, note
from deliberate.domain.ledger.note import Checkpoint
from deliberate.models import LedgerHead
from deliberate.queries import heads
from deliberate.services import ledger

ORIGIN = "deliberate.local/zhonghuaxiang"
OBJECTION = {"round": "1.1", "number": "1", "slot": "ab", "ground": "other"}


def leaf(session: Session, community_id: int, number: int = 1, *, now: Any) -> None:
    """One public event."""
    values = OBJECTION | {"number": str(number)}
    ledger.append(session, community_id, "objection", values, now=now)


@dataclass
class Keeper:
    """The worker of an installation, its turns taken by hand."""

    store: Database
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    @property
    def config(self) -> Config:
        return Config(
            database_url=self.store.url, secret_key="x" * 40, instance_dir=self.folder, **self.settings
        )

    def turn(self) -> None:
        """What the worker does each minute."""
        worker.look(self.store)
        Turn(self.store, self.config, self.said.append).take()

    def grow(self, community_id: int, leaves: int = 1) -> None:
        """So many more events, and a turn."""
        with self.store.transaction() as tx:
            for _ in range(leaves):
                leaf(tx.session, community_id, now=tx.now)
        self.turn()

    def signed(self, community_id: int) -> list[heads.Head]:
        """Signed ones, the oldest first."""
        with self.store.reading() as session:
            return list(heads.listing(session, community_id))[::-1]

    def written(self, community_id: int) -> list[LedgerHead]:
        """Signed or not, the oldest first."""
        with self.store.reading() as session:
            found = session.query(LedgerHead).filter_by(community_id=community_id)
            return found.order_by(LedgerHead.id).all()

    def note(self, head: heads.Head) -> str:
        """The whole of it."""
        with self.store.reading() as session:
            return heads.note_text(session, head)


class Tree:
    """A log of made-up leaves, for what signs or watches logs."""

    def __init__(self, *words: str) -> None:
        self.hashes = [merkle.leaf_hash(word.encode()) for word in words]

    def body(self, size: int, *lines: str, origin: str = ORIGIN) -> str:
        """The text of a head of its first leaves."""
        return note.body(Checkpoint(origin, size, merkle.root(self.hashes[:size]), lines))

    def proof(self, old: int, size: int) -> list[bytes]:
        """Between two of its heads."""
        return merkle.consistency_proof(old, self.hashes[:size])
