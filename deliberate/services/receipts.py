"""Receipts: a signed promise that a record enters the ledger by a day, and the file that proves it did.

The promise goes out with the answer; the batch adds the place in the tree and its proof (docs/ledger.md). Ed25519
is deterministic: the same record gets the same promise whenever it is asked for.
"""

import base64
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from deliberate.domain.ledger.leaf import moment
from deliberate.domain.ledger.note import Key, signed
from deliberate.models import ConsentRound, HeadSignature, LedgerHead, LedgerLeaf, LedgerOpening, LedgerPlace
from deliberate.queries.ledger_proofs import StoredTree
from deliberate.whole_files import made_once

FORMAT = "deliberate/receipt/1"
DELAY = timedelta(days=1)
"""After the round's last clock, within which the record must be in the tree."""


def origin(base: str, slug: str) -> str:
    """The name of a community's tree: the operator's, and the community's within it."""
    return f"{base}/{slug}"


def receipt_key(instance_dir: Path, given: str = "") -> Ed25519PrivateKey:
    """The key of receipts: the one given to every machine, else this one's, made at first use for its user alone."""
    path = instance_dir / "receipt_key"
    kept = given.encode() or made_once(
        path, lambda: base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw())
    )
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(kept))


def public_key(origin: str, key: Ed25519PrivateKey) -> Key:
    """By which promises of this tree are checked; its bytes stand in every head."""
    return Key(f"{origin}/receipts", key.public_key().public_bytes_raw())


def promise(origin: str, leaf_hash: str, by: datetime, key: Ed25519PrivateKey) -> str:
    """A signed note: this leaf will be in the tree of `origin` by then."""
    text = f"{origin}\npromise 1\n{leaf_hash}\nby {moment(by)}\n"
    name = public_key(origin, key)
    return signed(text, name.name, name.public, key.sign)


def promise_of(session: Session, leaf: LedgerLeaf, origin: str, key: Ed25519PrivateKey) -> str:
    """The promise for a record: by the day after the round's last clock, as it now stands."""
    until = None
    if leaf.consent_round_id is not None:
        until = session.get_one(ConsentRound, leaf.consent_round_id).settle_until
    return promise(origin, leaf.leaf_hash, (until or leaf.at) + DELAY, key)


def receipt_file(session: Session, leaf_id: int, origin: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    """All that the household needs to prove what was recorded; with its place once it has one.

    What retention has erased is missing from `openings`; the rest still proves.
    """
    leaf = session.get_one(LedgerLeaf, leaf_id)
    kept = session.get(LedgerOpening, leaf_id)
    place = session.get(LedgerPlace, leaf_id)
    return {
        "format": FORMAT,
        "origin": origin,
        "leaf": leaf.leaf,
        "openings": kept.openings if kept else {},
        "promise": promise_of(session, leaf, origin, key),
        **(_proof(session, place) if place else {}),
    }


def _proof(session: Session, place: LedgerPlace) -> dict[str, Any]:
    """The place, proved under the last signed head that covers it; until then under the tree as it stands."""
    tree = StoredTree(session, place.community_id)
    head = session.scalars(
        select(LedgerHead)
        .where(LedgerHead.community_id == place.community_id, LedgerHead.size > place.position)
        .where(exists().where(HeadSignature.head_id == LedgerHead.id, ~HeadSignature.cosigner))
        .order_by(LedgerHead.size.desc(), LedgerHead.id.desc())
        .limit(1)
    ).first()
    size = head.size if head else tree.size
    return {
        "position": place.position,
        "size": size,
        "proof": [one.hex() for one in tree.inclusion(place.position, size)],
        **({"head": _note(session, head)} if head else {}),
    }


def _note(session: Session, head: LedgerHead) -> str:
    """The head as a signed note, our signature first."""
    lines = session.scalars(
        select(HeadSignature.line)
        .where(HeadSignature.head_id == head.id)
        .order_by(HeadSignature.cosigner, HeadSignature.id)
    )
    return head.body + "\n" + "".join(lines)
