"""What the ledger holds for the bulletin of a round: its tree up to a head, the records, the heads themselves."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from deliberate.domain.ledger.head import HeadReason
from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import (
    ConsentRound,
    HeadSignature,
    LedgerHead,
    LedgerLeaf,
    LedgerOpening,
    LedgerPlace,
    Proposal,
    RollEntry,
)

from . import heads

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Placed:
    """A leaf where it stands, with everything that opens it."""

    position: int
    kind: str
    leaf: str
    openings: dict[str, Any]
    round_id: int | None


def closed_rounds(session: Session) -> Sequence[int]:
    """Rounds that have, or will have, a bulletin."""
    return session.scalars(
        select(ConsentRound.id).where(ConsentRound.status == RoundStatus.CLOSED).order_by(ConsentRound.id)
    ).all()


def round_by_name(session: Session, community_id: int, number: int, n: int) -> int | None:
    """The round that the public knows by these numbers."""
    return session.scalar(
        select(ConsentRound.id)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .where(ConsentRound.community_id == community_id, Proposal.number == number, ConsentRound.n == n)
    )


def position_of(session: Session, round_id: int, kind: str) -> int | None:
    """Where the first leaf of the kind stands in the tree; None while it waits, or was never written."""
    return session.scalar(
        select(func.min(LedgerPlace.position))
        .join(LedgerLeaf, LedgerLeaf.id == LedgerPlace.leaf_id)
        .where(LedgerLeaf.consent_round_id == round_id, LedgerLeaf.kind == kind)
    )


def newest_head(session: Session, community_id: int, least: int, most: int | None) -> heads.Head | None:
    """The newest signed head of more than `least` leaves, and of no more than `most`."""
    asked = select(LedgerHead).where(
        LedgerHead.community_id == community_id, LedgerHead.size > least, heads.signed()
    )
    if most is not None:
        asked = asked.where(LedgerHead.size <= most)
    row = session.scalar(asked.order_by(LedgerHead.size.desc(), LedgerHead.id.desc()).limit(1))
    return heads.Head(row.id, row.size, row.root, row.why, row.at, row.body) if row else None


def step_has_head(session: Session, round_id: int, why: HeadReason, most: int) -> bool:
    """Whether the round's own head of this step is signed, and among those of so many leaves."""
    own = select(LedgerHead.id).where(
        LedgerHead.consent_round_id == round_id,
        LedgerHead.why == why,
        LedgerHead.size <= most,
        heads.signed(),
    )
    return session.scalar(own.limit(1)) is not None


def tree(session: Session, community_id: int, size: int) -> Iterator[str]:
    """Leaf hashes in hex, by position."""
    yield from session.scalars(
        select(LedgerLeaf.leaf_hash)
        .join(LedgerPlace, LedgerPlace.leaf_id == LedgerLeaf.id)
        .where(LedgerPlace.community_id == community_id, LedgerPlace.position < size)
        .order_by(LedgerPlace.position)
        .execution_options(yield_per=_AT_ONCE)
    )


def leaves(session: Session, community_id: int, round_id: int, since: int, size: int) -> Iterator[Placed]:
    """Every leaf of the round, and all others from `since` on, by position."""
    rows = session.execute(
        select(
            LedgerPlace.position,
            LedgerLeaf.kind,
            LedgerLeaf.leaf,
            LedgerOpening.openings,
            LedgerLeaf.consent_round_id,
        )
        .join(LedgerLeaf, LedgerLeaf.id == LedgerPlace.leaf_id)
        .join(LedgerOpening, LedgerOpening.leaf_id == LedgerLeaf.id)
        .where(
            LedgerPlace.community_id == community_id,
            LedgerPlace.position < size,
            or_(LedgerPlace.position >= since, LedgerLeaf.consent_round_id == round_id),
        )
        .order_by(LedgerPlace.position)
        .execution_options(yield_per=_AT_ONCE)
    )
    for position, kind, leaf, openings, of_round in rows:
        yield Placed(position, kind, leaf, openings, of_round)


def public_leaves(session: Session, round_id: int, size: int) -> Sequence[Placed]:
    """The round's leaves that are no consents: certificates, sheets, signatures, objections, checks, outcome."""
    rows = session.execute(
        select(LedgerPlace.position, LedgerLeaf.kind, LedgerLeaf.leaf, LedgerOpening.openings)
        .join(LedgerLeaf, LedgerLeaf.id == LedgerPlace.leaf_id)
        .join(LedgerOpening, LedgerOpening.leaf_id == LedgerLeaf.id)
        .where(
            LedgerLeaf.consent_round_id == round_id,
            LedgerLeaf.kind != "consent",
            LedgerPlace.position < size,
        )
        .order_by(LedgerPlace.position)
    )
    return [Placed(position, kind, leaf, openings, round_id) for position, kind, leaf, openings in rows]


def notes(session: Session, community_id: int, size: int) -> Iterator[tuple[heads.Head, str]]:
    """Every signed head up to that size with its note, the oldest first."""
    lines: dict[int, list[str]] = defaultdict(list)
    for head_id, line in session.execute(
        select(HeadSignature.head_id, HeadSignature.line)
        .where(HeadSignature.community_id == community_id)
        .order_by(HeadSignature.head_id, HeadSignature.cosigner, HeadSignature.id)
    ):
        lines[head_id].append(line)
    for head in reversed(heads.listing(session, community_id)):
        if head.size <= size:
            yield head, f"{head.body}\n{''.join(lines[head.id])}"


def electorates(session: Session, round_id: int) -> dict[str, int]:
    """How many are on the roll, of each electorate."""
    rows = session.execute(
        select(RollEntry.electorate, func.count())
        .where(RollEntry.consent_round_id == round_id)
        .group_by(RollEntry.electorate)
    )
    found = {unit: number for unit, number in rows}  # noqa: C416 - rows are no pairs to mypy
    return {unit.value: found.get(unit, 0) for unit in Electorate}


def consent_openings(session: Session, round_id: int, size: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Leaf hash and openings of every consent of the round."""
    rows = session.execute(
        select(LedgerLeaf.leaf_hash, LedgerOpening.openings)
        .join(LedgerPlace, LedgerPlace.leaf_id == LedgerLeaf.id)
        .join(LedgerOpening, LedgerOpening.leaf_id == LedgerLeaf.id)
        .where(
            LedgerLeaf.consent_round_id == round_id,
            LedgerLeaf.kind == "consent",
            LedgerPlace.position < size,
        )
        .order_by(LedgerPlace.position)
        .execution_options(yield_per=_AT_ONCE)
    )
    yield from ((leaf_hash, openings) for leaf_hash, openings in rows)
