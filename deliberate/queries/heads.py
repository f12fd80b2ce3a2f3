"""Heads as pages and files show them: their notes, who holds them, and since when something waits to be held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Exists, exists, func, select
from sqlalchemy.orm import Session

from deliberate.domain.errors import NotFound
from deliberate.domain.ledger.anchoring import characters, is_late, root_prefix
from deliberate.domain.ledger.head import AnchorWay, HeadReason
from deliberate.models import (
    Anchor,
    HeadLetter,
    HeadSignature,
    JournalEntry,
    LedgerHead,
    LedgerKey,
    ObserverKey,
    WaitingHead,
)

from .ledger_proofs import StoredTree

WAYS = (AnchorWay.NOTICE, AnchorWay.MAIL, AnchorWay.FEED, AnchorWay.OBSERVER)
"""By which heads leave our hands every day; receipts carry theirs one by one."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head as it is shown."""

    id: int
    size: int
    root: str
    why: HeadReason
    at: datetime
    body: str

    @property
    def code(self) -> str:
        """As people read it off a notice."""
        return characters(bytes.fromhex(self.root))

    @property
    def file(self) -> str:
        """Its name in the feed."""
        return f"{self.size}-{self.id}.note"


@dataclass(frozen=True, slots=True)
class Holding:
    """When others last got a head by one way, and whether something waits for too long."""

    way: AnchorWay
    at: datetime | None
    size: int | None
    detail: str
    late: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page tells."""

    latest: Head | None
    unsigned: int
    unsigned_since: datetime | None
    refused: bool
    stale: bool
    """No head was signed for more than a day."""
    holdings: tuple[Holding, ...]
    heads: tuple[Head, ...]
    keys: tuple[str, ...]
    observers: tuple[tuple[str, datetime | None], ...]
    """Names of those who cosign, and when they last did."""


def signed() -> Exists:
    """The log's own signature stands under it."""
    return exists().where(HeadSignature.head_id == LedgerHead.id, HeadSignature.cosigner.is_(False))


def latest(session: Session, community_id: int) -> Head | None:
    """The newest signed head."""
    found = listing(session, community_id, limit=1)
    return found[0] if found else None


def listing(
    session: Session, community_id: int, *, limit: int | None = None, size: int | None = None
) -> tuple[Head, ...]:
    """Signed heads, the newest first."""
    asked = select(LedgerHead).where(LedgerHead.community_id == community_id, signed())
    if size is not None:
        asked = asked.where(LedgerHead.size == size)
    rows = session.scalars(asked.order_by(LedgerHead.size.desc(), LedgerHead.id.desc()).limit(limit))
    return tuple(map(_head, rows))


def one(session: Session, community_id: int, head_id: int) -> Head:
    """A signed head of this community, or NotFound."""
    row = session.scalar(
        select(LedgerHead).where(LedgerHead.id == head_id, LedgerHead.community_id == community_id, signed())
    )
    if row is None:
        raise NotFound()
    return _head(row)


def read_off(session: Session, community_id: int, code: str) -> Head | None:
    """The signed head with these characters."""
    prefix = root_prefix(code)
    rows = session.scalars(
        select(LedgerHead)
        .where(LedgerHead.community_id == community_id, LedgerHead.root.startswith(prefix), signed())
        .order_by(LedgerHead.id)
    )
    return next((head for head in map(_head, rows) if head.code == code), None)


def stands(session: Session, community_id: int, head: Head) -> bool:
    """Whether the tree in the store still begins with all that the head had."""
    tree = StoredTree(session, community_id)
    return head.size <= tree.size and tree.root(head.size).hex() == head.root


def note_text(session: Session, head: Head, *, cosigned: bool = True) -> str:
    """The note: the text, the log's signature first, then the cosignatures (many of them fit no QR code)."""
    asked = select(HeadSignature.line).where(HeadSignature.head_id == head.id)
    if not cosigned:
        asked = asked.where(HeadSignature.cosigner.is_(False))
    lines = session.scalars(asked.order_by(HeadSignature.cosigner, HeadSignature.id))
    return f"{head.body}\n{''.join(lines)}"


def keys(session: Session, community_id: int) -> tuple[str, ...]:
    """Verifier keys of the log, the one in use first."""
    rows = session.scalars(
        select(LedgerKey.vkey).where(LedgerKey.community_id == community_id).order_by(LedgerKey.id.desc())
    )
    return tuple(rows)


def anchored(session: Session, community_id: int, way: AnchorWay) -> set[int]:
    """Ids of the heads that went that way."""
    rows = session.scalars(
        select(Anchor.head_id).where(Anchor.community_id == community_id, Anchor.way == way)
    )
    return set(rows)


def last_anchored(session: Session, community_id: int, way: AnchorWay) -> tuple[int, datetime] | None:
    """The size of the newest head that went that way, and when it did."""
    found = _last(session, community_id, way).get(way)
    return (found[1], found[0]) if found else None


def last_written(session: Session, community_id: int) -> tuple[int, datetime] | None:
    """The size of the newest head of which letters were written, and when they were."""
    found = session.execute(
        select(LedgerHead.size, HeadLetter.made_at)
        .join(HeadLetter, HeadLetter.head_id == LedgerHead.id)
        .where(HeadLetter.community_id == community_id)
        .order_by(HeadLetter.head_id.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else last_anchored(session, community_id, AnchorWay.MAIL)


def _last(
    session: Session, community_id: int, *ways: AnchorWay
) -> dict[AnchorWay, tuple[datetime, int, str]]:
    """For each way when the newest head of those that went by it did, its size, where to; heads only grow."""
    newest = [
        select(Anchor.id)
        .where(Anchor.community_id == community_id, Anchor.way == way)
        .order_by(Anchor.head_id.desc(), Anchor.id.desc())
        .limit(1)
        .scalar_subquery()
        for way in ways
    ]
    rows = session.execute(
        select(Anchor.way, Anchor.at, LedgerHead.size, Anchor.detail)
        .join(LedgerHead, LedgerHead.id == Anchor.head_id)
        .where(Anchor.id.in_(newest))
    )
    return {way: (at, size, detail) for way, at, size, detail in rows}


def overview(session: Session, community_id: int, now: datetime, *, heads: int = 20) -> Overview:
    """For the page."""
    shown = listing(session, community_id, limit=heads)
    waiting = session.execute(
        select(func.count(LedgerHead.id), func.min(LedgerHead.at))
        .join(WaitingHead, WaitingHead.head_id == LedgerHead.id)
        .where(WaitingHead.community_id == community_id)
    ).one()
    newest = shown[0] if shown else None
    return Overview(
        latest=newest,
        unsigned=waiting[0],
        unsigned_since=waiting[1],
        refused=_refused(session, community_id),
        stale=is_late(newest.at if newest else None, now),
        holdings=tuple(_holdings(session, community_id, now)),
        heads=shown,
        keys=keys(session, community_id),
        observers=_observers(session, community_id),
    )


def late_ways(session: Session, community_id: int, now: datetime) -> tuple[AnchorWay, ...]:
    """The ways by which something waits for more than a day."""
    return tuple(one.way for one in _holdings(session, community_id, now) if one.late)


def _head(row: LedgerHead) -> Head:
    return Head(row.id, row.size, row.root, row.why, row.at, row.body)


def _grown_since(session: Session, community_id: int, held: Sequence[int]) -> Sequence[datetime | None]:
    """For each of these sizes, since when there is a signed head with more in it; None when there is none."""
    first = [
        select(LedgerHead.at)
        .where(LedgerHead.community_id == community_id, LedgerHead.size > size, signed())
        .order_by(LedgerHead.size, LedgerHead.id)
        .limit(1)
        .scalar_subquery()
        for size in held
    ]
    return session.execute(select(*first)).one()


def _holdings(session: Session, community_id: int, now: datetime) -> list[Holding]:
    """For each way the newest head that went out by it."""
    found = _last(session, community_id, *WAYS)
    since = _grown_since(session, community_id, [found[way][1] if way in found else -1 for way in WAYS])
    holdings = []
    for way, waits in zip(WAYS, since, strict=True):
        at, held, detail = found.get(way, (None, None, ""))
        holdings.append(Holding(way, at, held, detail, is_late(waits, now)))
    return holdings


def _refused(session: Session, community_id: int) -> bool:
    """Whether the signer refused a head that still has no signature."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    WaitingHead.community_id == community_id,
                    JournalEntry.subject == "ledger_head",
                    JournalEntry.subject_id == WaitingHead.head_id,
                    JournalEntry.what == "head_refused",
                )
            )
        )
    )


def _observers(session: Session, community_id: int) -> tuple[tuple[str, datetime | None], ...]:
    last = (
        select(func.max(HeadSignature.at))
        .where(
            HeadSignature.community_id == community_id,
            HeadSignature.name == ObserverKey.name,
            HeadSignature.cosigner,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(ObserverKey.name, last)
        .where(ObserverKey.community_id == community_id, ObserverKey.ended_at.is_(None))
        .order_by(ObserverKey.name)
    )
    return tuple((name, at) for name, at in rows)
