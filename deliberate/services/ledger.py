"""Writing to the ledger: every deed of a round leaves one leaf, in its own transaction (docs/ledger.md).

Nothing here reads the tree: a leaf waits until `ledger_batches.place` gives it its position.
"""

import base64
import secrets
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from deliberate.domain.ledger.leaf import FIELDS, SALT, Leaf, Opening, make_leaf, moment, round_name
from deliberate.models import ConsentRound, LedgerLeaf, LedgerOpening, Proposal
from deliberate.queries.prepared import Listed, Prepared, adding

_NAMES = "deliberate.names_of_rounds"
_NAME = Prepared(
    select(Proposal.number, ConsentRound.n)
    .join(Proposal, Proposal.id == ConsentRound.proposal_id)
    .where(ConsentRound.id == bindparam("round_id"))
)
_LEAF = adding(
    LedgerLeaf,
    "community_id",
    "kind",
    "leaf",
    "leaf_hash",
    "consent_round_id",
    "consent_id",
    "at",
    numbered=True,
)
_LEAVES = adding(
    LedgerLeaf, "community_id", "kind", "leaf", "leaf_hash", "consent_round_id", "consent_id", "at"
)
_OPENING = adding(LedgerOpening, "leaf_id", "community_id", "openings")
_IDS = Listed(
    lambda hashes: select(LedgerLeaf.leaf_hash, LedgerLeaf.id).where(LedgerLeaf.leaf_hash.in_(hashes))
)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened; `round` and `time` are filled in from the round and the deed's moment."""

    kind: str
    values: Mapping[str, str]
    round_id: int | None = None
    consent_id: int | None = None


def append(
    session: Session,
    community_id: int,
    kind: str,
    values: Mapping[str, str],
    *,
    now: datetime,
    round_id: int | None = None,
    consent_id: int | None = None,
) -> LedgerLeaf:
    """Leave one leaf and what opens it; `round` and `time` follow from `round_id` and `now` unless given."""
    leaf = _made(session, Event(kind, values, round_id, consent_id), now)
    row = LedgerLeaf(
        community_id=community_id,
        kind=kind,
        leaf=leaf.text,
        leaf_hash=leaf.hash.hex(),
        consent_round_id=round_id,
        consent_id=consent_id,
        at=now,
    )
    session.add(row)
    session.flush()
    session.add(LedgerOpening(leaf_id=row.id, community_id=community_id, openings=_kept(leaf.openings)))
    session.flush()
    return row


def leave(session: Session, community_id: int, event: Event, *, now: datetime) -> None:
    """The rows that `append` makes, straight to the store: for what happens most."""
    leaf = _made(session, event, now)
    leaf_id = _LEAF.number(session, _leaf_row(community_id, event, leaf, now))
    opening = {"leaf_id": leaf_id, "community_id": community_id, "openings": _kept(leaf.openings)}
    _OPENING.do(session, opening)


def _leaf_row(community_id: int, event: Event, leaf: Leaf, now: datetime) -> dict[str, object]:
    return {
        "community_id": community_id,
        "kind": event.kind,
        "leaf": leaf.text,
        "leaf_hash": leaf.hash.hex(),
        "consent_round_id": event.round_id,
        "consent_id": event.consent_id,
        "at": now,
    }


def append_many(session: Session, community_id: int, events: Sequence[Event], *, now: datetime) -> None:
    """The rows that `append` makes of each, in a few statements."""
    if not events:
        return
    leaves = [_made(session, event, now) for event in events]
    rows = [_leaf_row(community_id, event, leaf, now) for event, leaf in zip(events, leaves, strict=True)]
    _LEAVES.each(session, rows)
    ids = {row[0]: row[1] for row in _IDS.rows(session, [row["leaf_hash"] for row in rows])}
    openings = [
        {"leaf_id": ids[row["leaf_hash"]], "community_id": community_id, "openings": _kept(leaf.openings)}
        for row, leaf in zip(rows, leaves, strict=True)
    ]
    _OPENING.each(session, openings)


def openings_of(kept: Mapping[str, Sequence[str]]) -> tuple[Opening, ...]:
    """The openings as the rules know them, from a row's JSON."""
    return tuple(Opening(name, base64.b64decode(salt), value) for name, (salt, value) in kept.items())


def name_of_round(session: Session, round_id: int) -> str:
    """The public name of a round, which never changes."""
    names: dict[int, str] = session.info.setdefault(_NAMES, {})
    if round_id not in names:
        [(number, n)] = _NAME.rows(session, round_id=round_id)
        names[round_id] = round_name(number, n)
    return names[round_id]


def _made(session: Session, event: Event, now: datetime) -> Leaf:
    values = {"time": moment(now), **event.values}
    if event.round_id is not None:
        values.setdefault("round", name_of_round(session, event.round_id))
    return make_leaf(event.kind, values, _salts(len(FIELDS[event.kind])))


def _salts(number: int) -> list[bytes]:
    drawn = secrets.token_bytes(SALT * number)
    return [drawn[start : start + SALT] for start in range(0, len(drawn), SALT)]


def _kept(openings: Sequence[Opening]) -> dict[str, list[str]]:
    return {one.name: [b2a_base64(one.salt, newline=False).decode(), one.value] for one in openings}
