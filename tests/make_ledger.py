"""Builders of ledgers: leaves, and the worker's turn that places, heads and signs them."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from deliberate.commands import worker
from deliberate.commands.heads import Turn
from deliberate.config import Config
from deliberate.db import Database
from deliberate.domain.ledger import merkle, note
from deliberate.domain.ledger.note import Checkpoint
from deliberate.domain.permissions import Actor
from deliberate.models import Community, LedgerHead
from deliberate.queries import heads
from deliberate.services import ledger, ledger_batches, ledger_heads, observers

ORIGIN = "deliberate.local/zhonghuaxiang"
OBJECTION = {"round": "1.1", "number": "1", "slot": "ab", "ground": "other"}


def leaf(session: Session, community_id: int, number: int = 1, *, now: Any) -> None:
    """One public event."""
    values = OBJECTION | {"number": str(number)}
    ledger.append(session, community_id, "objection", values, now=now)


SIGNER = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
OBSERVER = Ed25519PrivateKey.from_private_bytes(bytes([8] * 32))


def observer_key(name: str = "wang.example/observer") -> note.Key:
    """Of an observer who cosigns."""
    return note.Key(name, OBSERVER.public_key().public_bytes_raw(), note.COSIGNATURE)


def watched(session: Session, community: Community, moderator: Actor, *, now: datetime) -> dict[str, object]:
    """A signed head over all that waits, an observer's key and an address; by the names addresses give them."""
    ledger_batches.place(session, community.id, now=now)
    ledger_heads.make_due(session, community.id, origin="deliberate.local", receipts=None, now=now)
    for head in ledger_heads.unsigned(session, community.id):
        public, origin = SIGNER.public_key().public_bytes_raw(), note.parse_body(head.body).origin
        made = note.sign_note(head.body, origin, public, SIGNER.sign)
        ledger_heads.keep_signature(session, head.id, made, public, now=now)
    newest = heads.listing(session, community.id, limit=1)[0]
    key = observers.add_key(session, moderator, community.id, note.vkey(observer_key()), now=now)
    address = observers.add_address(session, moderator, community.id, "wang@example.org", now=now)
    return {"head_id": newest.id, "file": newest.file, "key_id": key.id, "address_id": address.id}


def cosigned(head: heads.Head, *, time: int = 1_772_400_000, name: str = "wang.example/observer") -> str:
    """What the observer's script sends."""
    key = observer_key(name)
    return note.Note(
        head.body, (note.cosign_note(head.body, name, key.public, OBSERVER.sign, time=time),)
    ).text


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
