"""The roll of a round as leaves of a Merkle tree, in the order of their slots (docs/ledger.md)."""

import base64
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.ledger.leaf import ROLL_FIELDS, Opening, roll_leaf, roll_salt
from deliberate.domain.ledger.merkle import leaf_hash, root
from deliberate.models import RollEntry


def values_of(entry: RollEntry) -> dict[str, str]:
    """What the leaf of an entry commits to: the dwelling by its address, the owner by number, area in 0.01 m²."""
    return {
        "household": entry.home,
        "owner": str(entry.owner_id or ""),
        "area": str(entry.area),
        "homes": str(entry.homes),
    }


def leaf_of(entry: RollEntry) -> str:
    """The leaf of one entry."""
    return roll_leaf(entry.slot, entry.electorate.value, values_of(entry), base64.b64decode(entry.secret))


def openings_of(entry: RollEntry) -> tuple[Opening, ...]:
    """What opens its leaf: for the household itself and for auditors."""
    secret, values = base64.b64decode(entry.secret), values_of(entry)
    return tuple(Opening(name, roll_salt(secret, name), values[name]) for name in ROLL_FIELDS)


def leaves(session: Session, round_id: int) -> list[str]:
    """The whole roll of a round, of every electorate, by slot."""
    entries = session.scalars(select(RollEntry).where(RollEntry.consent_round_id == round_id))
    return [leaf_of(entry) for entry in sorted(entries, key=lambda entry: entry.slot)]


def root_of(texts: Iterable[str]) -> str:
    """What certificates, opening and heads name."""
    return root(leaf_hash(text.encode()) for text in texts).hex()
