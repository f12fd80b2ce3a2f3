"""Proofs from the store: a handful of leaves and of kept subtrees, never the whole tree."""

from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.ledger.merkle import (
    consistency_ranges,
    full_subtrees,
    inclusion_ranges,
    join,
    root,
)
from deliberate.models import LedgerBatch, LedgerLeaf, LedgerNode, LedgerPlace

_LEVEL = 8
_CHUNK = 1 << _LEVEL


class StoredTree:
    """The tree of one community as the store holds it."""

    def __init__(self, session: Session, community_id: int) -> None:
        self._session = session
        self._community_id = community_id
        self._chunks: dict[int, list[bytes]] = {}

    @cached_property
    def size(self) -> int:
        """Leaves that have their place."""
        of_community = LedgerBatch.community_id == self._community_id
        return self._session.scalar(select(func.max(LedgerBatch.size)).where(of_community)) or 0

    def root(self, size: int) -> bytes:
        """Of the tree when it had `size` leaves."""
        return self.subtree(0, self._held(size))

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """That the leaf at `position` is in the tree of `size` leaves."""
        return [self.subtree(*one) for one in inclusion_ranges(position, self._held(size))]

    def consistency(self, old: int, size: int) -> list[bytes]:
        """That the tree of `size` leaves begins with that of `old`."""
        return [self.subtree(*one) for one in consistency_ranges(old, self._held(size))]

    def subtree(self, start: int, end: int) -> bytes:
        """The root of a range, from its full subtrees."""
        return join([self._full(level, n) for level, n in full_subtrees(start, end)])

    def _full(self, level: int, n: int) -> bytes:
        if level >= _LEVEL:
            return self._node(level, n)
        start, number = n << level, 1 << level
        within = start % _CHUNK
        return root(self._chunk(start // _CHUNK)[within : within + number])

    def _node(self, level: int, n: int) -> bytes:
        kept = select(LedgerNode.hash).where(
            LedgerNode.community_id == self._community_id, LedgerNode.level == level, LedgerNode.n == n
        )
        return bytes.fromhex(self._session.scalars(kept).one())

    def _chunk(self, n: int) -> list[bytes]:
        if n not in self._chunks:
            rows = self._session.scalars(
                select(LedgerLeaf.leaf_hash)
                .join(LedgerPlace, LedgerPlace.leaf_id == LedgerLeaf.id)
                .where(
                    LedgerPlace.community_id == self._community_id,
                    LedgerPlace.position >= n * _CHUNK,
                    LedgerPlace.position < (n + 1) * _CHUNK,
                )
                .order_by(LedgerPlace.position)
            )
            self._chunks[n] = [bytes.fromhex(one) for one in rows]
        return self._chunks[n]

    def _held(self, size: int) -> int:
        if size > self.size:
            raise ValueError("the tree has not grown that large yet")
        return size
