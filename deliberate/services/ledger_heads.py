"""Heads of the ledger: what is due is written down, signed by the signer, and kept.

Writing and signing are two transactions. A head is signed only when its tree is committed, for a signer that
has once signed a tree that was then rolled back would refuse every later one. Between the two a head stands
unsigned, which the page says aloud.
"""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Exists, exists, select, text
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.ledger import note
from deliberate.domain.ledger.anchoring import RoundFacts, extensions
from deliberate.domain.ledger.head import HeadReason
from deliberate.domain.ledger.leaf import canonical
from deliberate.domain.ledger.merkle import Frontier
from deliberate.domain.ledger.note import Checkpoint
from deliberate.domain.permissions import ANYBODY
from deliberate.models import (
    Community,
    ConsentRound,
    CountSheet,
    HeadSignature,
    JournalEntry,
    LedgerHead,
    LedgerKey,
    LedgerLeaf,
    LedgerPlace,
    OutcomeRecord,
    WaitingHead,
)
from deliberate.models.ledger import STEPS_ALONE
from deliberate.queries.ledger_proofs import StoredTree

from . import journal, ledger, ledger_batches
from .receipts import origin as name_of_tree
from .signing import Fault, verify

STEPS = {
    HeadReason.OPENING: "opening",
    HeadReason.CLOSING: "sheet",
    HeadReason.FINAL: "outcome",
}
"""Steps of a round that get a head of their own, by the kind of leaf that records them."""


class NewKey(Exception):
    """A head came signed by a key that nobody has accepted for this ledger."""


def make_due(
    session: Session, community_id: int, *, origin: str, receipts: bytes | None, now: datetime
) -> list[LedgerHead]:
    """Write the heads that are due: one a step of a round, one for what came since, one a day. Again: none.

    Under the community's lock, so that two at once write none twice.
    """
    community = session.get_one(Community, community_id)
    batch = ledger_batches.latest(session, community_id)
    if batch is None:
        return []
    root = Frontier.from_hex(batch.frontier, batch.size).root
    made = []
    for why, round_id in _due(session, community_id, batch.size, now):
        facts = _facts(session, why, round_id) if round_id is not None else None
        lines = extensions(why, now, receipts, facts)
        head = LedgerHead(
            community_id=community_id,
            size=batch.size,
            root=root.hex(),
            why=why,
            body=note.body(Checkpoint(name_of_tree(origin, community.slug), batch.size, root, lines)),
            at=now,
            consent_round_id=round_id,
        )
        session.add(head)
        session.flush()
        made.append(head)
    return made


def newest(session: Session, community_id: int) -> LedgerHead | None:
    """The last head that was written, signed or not."""
    of_community = select(LedgerHead).where(LedgerHead.community_id == community_id)
    newest_first = of_community.order_by(LedgerHead.size.desc(), LedgerHead.id.desc())  # heads only grow
    return session.scalars(newest_first.limit(1)).first()


def _due(
    session: Session, community_id: int, size: int, now: datetime
) -> Iterator[tuple[HeadReason, int | None]]:
    last = newest(session, community_id)
    steps = [(why, each) for why in STEPS for each in _without_head(session, community_id, why)]
    yield from steps
    if steps:
        return
    if last is None or last.size < size:
        yield HeadReason.BATCH, None
    elif day_in_beijing(last.at) < day_in_beijing(now):
        yield HeadReason.DAILY, None


def _without_head(session: Session, community_id: int, why: HeadReason) -> list[int]:
    """Rounds whose step is in the tree and has no head yet."""
    has_head = exists().where(
        LedgerHead.consent_round_id == LedgerLeaf.consent_round_id, LedgerHead.why == why
    )
    found = session.scalars(
        select(LedgerLeaf.consent_round_id)
        .join(LedgerPlace, LedgerPlace.leaf_id == LedgerLeaf.id)
        .where(
            LedgerLeaf.community_id == community_id,
            LedgerLeaf.kind == STEPS[why],
            text(f"ledger_leaf.{STEPS_ALONE}"),
            ~has_head,
        )
        .distinct()
        .order_by(LedgerLeaf.consent_round_id)
    )
    return [round_id for round_id in found if round_id is not None]


def _facts(session: Session, why: HeadReason, round_id: int) -> RoundFacts:
    """What is locked in the step: the roll at opening, the count afterwards, the outcome at last."""
    name = ledger.name_of_round(session, round_id)
    if why is HeadReason.OPENING:
        consent_round = session.get_one(ConsentRound, round_id)
        return RoundFacts(
            name,
            roll_root=consent_round.roll_sha256 or "",
            roll_size=consent_round.roll_size,
            rules=sha256(canonical(consent_round.rules).encode()).hexdigest(),
            plan=consent_round.plan_sha256,
        )
    of_round = select(CountSheet.sha256).where(CountSheet.consent_round_id == round_id)
    order = CountSheet.n.desc() if why is HeadReason.FINAL else CountSheet.n
    outcome = select(OutcomeRecord.outcome).where(OutcomeRecord.consent_round_id == round_id)
    final = session.scalar(outcome) if why is HeadReason.FINAL else None
    return RoundFacts(
        name, sheet=session.scalar(of_round.order_by(order).limit(1)) or "", outcome=final or ""
    )


def unsigned(session: Session, community_id: int) -> list[LedgerHead]:
    """Heads that wait for the signer, in the order in which they must be signed."""
    return list(
        session.scalars(
            select(LedgerHead)
            .join(WaitingHead, WaitingHead.head_id == LedgerHead.id)
            .where(WaitingHead.community_id == community_id)
            .order_by(LedgerHead.size, LedgerHead.id)
        )
    )


def newest_signed(session: Session, community_id: int) -> LedgerHead | None:
    """The last head with the log's own signature."""
    of_community = select(LedgerHead).where(LedgerHead.community_id == community_id, _signed())
    return session.scalars(
        of_community.order_by(LedgerHead.size.desc(), LedgerHead.id.desc()).limit(1)
    ).first()


def _signed() -> Exists:
    return exists().where(HeadSignature.head_id == LedgerHead.id, HeadSignature.cosigner.is_(False))


def proof_for(session: Session, head: LedgerHead, last: tuple[int, bytes] | None) -> list[bytes]:
    """That the head extends what the signer signed last; empty where there is nothing to prove, or no proof."""
    if last is None or not 0 < last[0] < head.size:
        return []
    try:
        return StoredTree(session, head.community_id).consistency(last[0], head.size)
    except (ValueError, NoResultFound):
        return []


def keys_of(session: Session, community_id: int) -> list[note.Key]:
    """Every key that was accepted for this ledger, the first one first."""
    rows = session.scalars(
        select(LedgerKey.vkey).where(LedgerKey.community_id == community_id).order_by(LedgerKey.id)
    )
    return [note.parse_vkey(row) for row in rows]


def accept_key(session: Session, community_id: int, key: note.Key, *, now: datetime) -> None:
    """Let this key sign heads from now on; those of the old one stay valid. Accepted again, nothing changes."""
    if key in keys_of(session, community_id):
        return
    session.add(LedgerKey(community_id=community_id, vkey=note.vkey(key), since=now))
    journal.note(session, ANYBODY, community_id, "ledger_key_accepted", "community", community_id, now=now)
    session.flush()


def keep_signature(
    session: Session, head_id: int, signature: note.Signature, public: bytes, *, now: datetime
) -> None:
    """Keep the log's signature under a head. The first key is taken as it comes, another only once accepted."""
    head = session.get_one(LedgerHead, head_id)
    key = note.Key(note.parse_body(head.body).origin, public)
    note.verify_note(note.Note(head.body, (signature,)).text, [key], verify)
    known = keys_of(session, head.community_id)
    if not known:
        accept_key(session, head.community_id, key, now=now)
    elif key not in known:
        raise NewKey(note.vkey(key))
    there = select(HeadSignature.id).where(
        HeadSignature.head_id == head_id, HeadSignature.line == signature.line
    )
    if session.scalar(there) is None:
        session.add(
            HeadSignature(
                community_id=head.community_id,
                head_id=head_id,
                name=signature.name,
                line=signature.line,
                cosigner=False,
                at=now,
            )
        )
        session.flush()


def keep_refusal(session: Session, head_id: int, fault: Fault, *, now: datetime) -> None:
    """The signer would not sign: written down once, because somebody must look into it."""
    head = session.get_one(LedgerHead, head_id)
    known = select(JournalEntry.id).where(
        JournalEntry.what == "head_refused",
        JournalEntry.subject == "ledger_head",
        JournalEntry.subject_id == head_id,
    )
    if session.scalar(known) is None:
        journal.note(
            session,
            ANYBODY,
            head.community_id,
            "head_refused",
            "ledger_head",
            head_id,
            now=now,
            fault=fault.value,
        )
        session.flush()
