"""Leaves enter the tree in batches, so that the order of doors tells nothing (docs/ledger.md).

What is public anyway goes at once. The consents of a round wait until twice twenty homes wait with their first answers;
then all but twenty of these go, chosen by chance, and the others wait for the next. When the round takes no more
answers, all go, so that every batch has twenty homes or more, the last one too, wherever the round has so many: a
smaller one would let the posted list of rooms and dates point at an answer. Homes of the community would not do, if
most of them answered another matter; nor would homes that only say something new. What a recheck does to a
record after the closing goes at once, among the public deeds in their order: what it came after is part of the proof.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, or_, select, text
from sqlalchemy.orm import Session

from deliberate.domain.ledger.merkle import Frontier
from deliberate.domain.round import RoundStatus
from deliberate.models import (
    Community,
    Consent,
    ConsentRound,
    LedgerBatch,
    LedgerLeaf,
    LedgerNode,
    LedgerPlace,
    RollEntry,
    WaitingLeaf,
)
from deliberate.models.ledger import STEPS_ALONE

LEAST = 20
"""Homes whose first answers to one matter enter together; as many stay behind for the last batch."""
BEFORE = ("roll", "opening", "extension")
"""What a consent rests on stands before it, so that nothing of a round can lie before its opening."""
LEVEL = 8
"""Full subtrees of 2**8 leaves and more are kept by their roots."""

Shuffle = Callable[[list[Any]], None]
BY_CHANCE: Shuffle = secrets.SystemRandom().shuffle


def waiting_communities(session: Session) -> list[int]:
    """Communities with leaves that have no place yet."""
    return list(
        session.scalars(select(WaitingLeaf.community_id).distinct().order_by(WaitingLeaf.community_id))
    )


def place(
    session: Session,
    community_id: int,
    *,
    now: datetime,
    shuffle: Shuffle = BY_CHANCE,
) -> LedgerBatch | None:
    """Give every leaf that is due its place, consents among them in an order of chance; None when none is due."""
    _take_turn(session, community_id)
    leaves = _due(session, community_id, now, shuffle)
    if not leaves:
        return None
    last = latest(session, community_id)
    frontier = Frontier.from_hex(last.frontier, last.size) if last else Frontier()
    first = frontier.size
    nodes = [node for _, leaf_hash in leaves for node in _grow(frontier, leaf_hash)]
    batch = LedgerBatch(
        community_id=community_id,
        n=last.n + 1 if last else 1,
        first=first,
        size=frontier.size,
        frontier=frontier.to_hex(),
        at=now,
    )
    session.add(batch)
    session.flush()
    session.execute(
        insert(LedgerPlace),
        [
            {
                "leaf_id": leaf_id,
                "community_id": community_id,
                "position": first + n,
                "batch_id": batch.id,
            }
            for n, (leaf_id, _) in enumerate(leaves)
        ],
    )
    if nodes:
        session.execute(insert(LedgerNode), [{"community_id": community_id, **node} for node in nodes])
    return batch


def latest(session: Session, community_id: int) -> LedgerBatch | None:
    """The last batch: its size and frontier are those of the tree as it stands."""
    return session.scalars(
        select(LedgerBatch)
        .where(LedgerBatch.community_id == community_id)
        .order_by(LedgerBatch.n.desc())
        .limit(1)
    ).first()


def _take_turn(session: Session, community_id: int) -> None:
    """One batch of a community at a time; on SQLite the transaction itself is the turn.

    FOR NO KEY UPDATE: rows that refer to the community are written all the same.
    """
    session.execute(select(Community.id).where(Community.id == community_id).with_for_update(key_share=True))


@dataclass(frozen=True, slots=True)
class _Consent:
    """A record that waits for its place."""

    leaf_id: int
    leaf_hash: str
    round_id: int
    household_id: int
    over: bool
    """Its round takes no more answers."""
    counted: bool
    """An answer that the posted list tells of."""


def _due(session: Session, community_id: int, now: datetime, shuffle: Shuffle) -> list[tuple[int, str]]:
    """Ids and hashes of the leaves that go now."""
    waiting = _waiting(session, community_id, now)
    closings = _closings(session, community_id, {one.round_id for one in waiting if one.over})
    after_closing = [one for one in waiting if one.leaf_id > closings.get(one.round_id, one.leaf_id)]
    before_closing = [one for one in waiting if one.leaf_id <= closings.get(one.round_id, one.leaf_id)]
    answers = _due_answers(session, before_closing, shuffle)
    shuffle(answers)
    public = session.execute(
        select(LedgerLeaf.id, LedgerLeaf.leaf_hash, LedgerLeaf.kind)
        .join(WaitingLeaf, WaitingLeaf.leaf_id == LedgerLeaf.id)
        .where(WaitingLeaf.community_id == community_id, LedgerLeaf.kind != "consent")
        .order_by(WaitingLeaf.leaf_id)
    ).all()
    before = [(leaf_id, leaf_hash) for leaf_id, leaf_hash, kind in public if kind in BEFORE]
    after = [(leaf_id, leaf_hash) for leaf_id, leaf_hash, kind in public if kind not in BEFORE]
    after += [(one.leaf_id, one.leaf_hash) for one in after_closing]
    return [*before, *answers, *sorted(after)]


def _waiting(session: Session, community_id: int, now: datetime) -> list[_Consent]:
    """Records without a place, as they were made."""
    over = or_(ConsentRound.status == RoundStatus.CLOSED, ConsentRound.settle_until <= now)
    counted = and_(Consent.answer.is_not(None), Consent.late.is_(False))
    rows = session.execute(
        select(LedgerLeaf.id, LedgerLeaf.leaf_hash, ConsentRound.id, RollEntry.household_id, over, counted)
        .join(WaitingLeaf, WaitingLeaf.leaf_id == LedgerLeaf.id)
        .join(Consent, Consent.id == LedgerLeaf.consent_id)
        .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
        .join(ConsentRound, ConsentRound.id == Consent.consent_round_id)
        .where(WaitingLeaf.community_id == community_id)
        .order_by(WaitingLeaf.leaf_id)
    )
    return [_Consent(*row) for row in rows]


def _closings(session: Session, community_id: int, round_ids: set[int]) -> dict[int, int]:
    """The leaf with which each of these rounds was closed: what a recheck does later stands behind it."""
    if not round_ids:
        return {}
    rows = session.execute(
        select(LedgerLeaf.consent_round_id, LedgerLeaf.id).where(
            LedgerLeaf.community_id == community_id,
            LedgerLeaf.kind == "closing",
            LedgerLeaf.consent_round_id.in_(round_ids),
            text(f"ledger_leaf.{STEPS_ALONE}"),
        )
    )
    return {round_id: leaf_id for round_id, leaf_id in rows if round_id is not None}


def _due_answers(session: Session, waiting: list[_Consent], shuffle: Shuffle) -> list[tuple[int, str]]:
    """All of rounds that are over; of others, when enough homes wait, all but those of twenty homes."""
    running = [one for one in waiting if not one.over]
    new = _new_homes(session, running)
    kept: dict[int, set[int]] = {}
    for round_id, homes in new.items():
        by_chance = sorted(homes)
        shuffle(by_chance)
        kept[round_id] = set(by_chance[:LEAST])
    enough = {round_id for round_id, homes in new.items() if len(homes) >= 2 * LEAST}
    return [
        (one.leaf_id, one.leaf_hash)
        for one in waiting
        if one.over or (one.round_id in enough and one.household_id not in kept[one.round_id])
    ]


def _new_homes(session: Session, waiting: list[_Consent]) -> dict[int, set[int]]:
    """By round, the homes whose first counted answers wait: none of them has a record in the tree."""
    homes: dict[int, set[int]] = defaultdict(set)
    for one in waiting:
        if one.counted:
            homes[one.round_id].add(one.household_id)
    return {
        round_id: found - _in_tree(session, round_id)
        for round_id, found in homes.items()
        if len(found) >= 2 * LEAST
    }


def _in_tree(session: Session, round_id: int) -> set[int]:
    """Homes of the round with a record in the tree."""
    return set(
        session.scalars(
            select(RollEntry.household_id)
            .join(Consent, Consent.roll_entry_id == RollEntry.id)
            .join(LedgerLeaf, LedgerLeaf.consent_id == Consent.id)
            .join(LedgerPlace, LedgerPlace.leaf_id == LedgerLeaf.id)
            .where(RollEntry.consent_round_id == round_id, LedgerLeaf.consent_round_id == round_id)
        )
    )


def _grow(frontier: Frontier, leaf_hash: str) -> list[dict[str, object]]:
    """Add a leaf; the rows of the large full subtrees that end with it."""
    position = frontier.size
    ended = frontier.append(bytes.fromhex(leaf_hash))
    return [
        {"level": level, "n": position >> level, "hash": ended[level].hex()}
        for level in range(LEVEL, len(ended))
    ]
