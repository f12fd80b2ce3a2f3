"""A community's ledger worked out anew from its leaves: what is said of it against what it is.

For a store that was copied or restored. Every leaf is hashed again, every head's root and signature looked at; the
store is believed in nothing but its leaves.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from deliberate.domain.ledger import merkle
from deliberate.domain.ledger.note import BadNote, Key, parse_body, verify_note
from deliberate.models import HeadSignature, LedgerHead, LedgerLeaf, LedgerPlace, WaitingLeaf
from deliberate.queries.ledger_proofs import StoredTree

from .ledger_heads import keys_of
from .signing import verify

AT_ONCE = 1000


@dataclass
class Checked:
    """What was found: how far the tree goes, how many heads were looked at, and what is wrong."""

    size: int = 0
    root: str = merkle.EMPTY.hex()
    heads: int = 0
    signed: int = 0
    faults: list[str] = field(default_factory=list)


def check(session: Session, community_id: int) -> Checked:
    """Work the tree out from the leaves and compare every head with it."""
    found = Checked()
    waiting: dict[int, list[LedgerHead]] = defaultdict(list)
    for head in session.scalars(select(LedgerHead).where(LedgerHead.community_id == community_id)):
        waiting[head.size].append(head)
    tree = merkle.Frontier()
    keys = keys_of(session, community_id)
    _judge(session, found, waiting.pop(0, []), tree, keys)
    for leaf_hash in _leaves(session, community_id, found):
        tree.append(leaf_hash)
        if tree.size in waiting:
            _judge(session, found, waiting.pop(tree.size), tree, keys)
    found.size, found.root = tree.size, tree.root.hex()
    found.faults += [f"a head of {size} leaves, but there are {tree.size}" for size in sorted(waiting)]
    if (said := StoredTree(session, community_id).size) != tree.size:
        found.faults.append(f"{said} leaves are said to have their place, but there are {tree.size}")
    if lost := _neither_placed_nor_waiting(session, community_id):
        found.faults.append(f"{lost} leaves have no place and do not wait for one")
    return found


def _neither_placed_nor_waiting(session: Session, community_id: int) -> int:
    placed = exists().where(LedgerPlace.leaf_id == LedgerLeaf.id)
    waits = exists().where(WaitingLeaf.community_id == community_id, WaitingLeaf.leaf_id == LedgerLeaf.id)
    of_community = select(func.count(LedgerLeaf.id)).where(LedgerLeaf.community_id == community_id)
    return session.scalars(of_community.where(~placed, ~waits)).one()


def _leaves(session: Session, community_id: int, found: Checked) -> Iterator[bytes]:
    """Their hashes, worked out anew, in the order of the tree."""
    rows = session.execute(
        select(LedgerPlace.position, LedgerLeaf.leaf, LedgerLeaf.leaf_hash)
        .join(LedgerLeaf, LedgerLeaf.id == LedgerPlace.leaf_id)
        .where(LedgerPlace.community_id == community_id)
        .order_by(LedgerPlace.position)
        .execution_options(yield_per=AT_ONCE)
    )
    for expected, (position, text, said) in enumerate(rows):
        made = merkle.leaf_hash(text.encode())
        if position != expected:
            found.faults.append(f"the leaf at {position} should stand at {expected}")
        if made.hex() != said:
            found.faults.append(f"the leaf at {position} is not what its hash says")
        yield made


def _judge(
    session: Session, found: Checked, due: list[LedgerHead], tree: merkle.Frontier, keys: list[Key]
) -> None:
    """The heads of the tree as it is now."""
    for head in due:
        found.heads += 1
        try:
            said = parse_body(head.body)
            if (said.size, said.root) != (tree.size, tree.root) or head.root != tree.root.hex():
                found.faults.append(f"the head of {head.size} leaves has another root")
            if lines := _own_lines(session, head):
                found.signed += 1
                verify_note(f"{head.body}\n{lines}", keys, verify)
        except BadNote as error:
            found.faults.append(f"the head of {head.size} leaves: {error}")


def _own_lines(session: Session, head: LedgerHead) -> str:
    """The log's own signatures; those of observers are checked by observers."""
    own = select(HeadSignature.line).where(
        HeadSignature.head_id == head.id, HeadSignature.cosigner.is_(False)
    )
    return "".join(session.scalars(own.order_by(HeadSignature.id)))
