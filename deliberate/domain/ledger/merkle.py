"""Merkle trees as RFC 9162 §2.1 (and RFC 6962 §2.1) has them: hashes, roots, and the two proofs.

Hashes are 32 bytes. A proof is a list of roots of ranges of leaves; which ranges is said apart from their
hashes, so that a store can look them up without loading the tree. Verifying never raises: what is malformed
proves nothing.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

SIZE = 32
"""Bytes of a hash."""

Range = tuple[int, int]
"""Leaves from the first (included) to the second (not included)."""


def leaf_hash(data: bytes) -> bytes:
    """RFC 9162 §2.1.1: leaves and nodes are hashed apart, so that neither passes for the other."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 §2.1.1: of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


EMPTY = hashlib.sha256().digest()
"""The root of a tree without leaves (RFC 9162 §2.1.1)."""


def split(size: int) -> int:
    """The largest power of two smaller than `size`, where a tree of two or more leaves is divided."""
    return 1 << (size - 1).bit_length() - 1


def root(hashes: Iterable[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1 over hashes of leaves."""
    frontier = Frontier()
    for one in hashes:
        frontier.append(one)
    return frontier.root


class Frontier:
    """A tree that only grows, kept as the roots of its full subtrees, the largest first."""

    def __init__(self, peaks: Iterable[bytes] = (), size: int = 0) -> None:
        self._peaks = list(peaks)
        self.size = size
        if size < 0 or len(self._peaks) != size.bit_count() or not all(map(_is_hash, self._peaks)):
            raise ValueError("a frontier has one hash for each bit of its size")

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf; the full subtrees that end with it, from the leaf (level 0) upwards.

        The one at level l covers the last 2**l leaves.
        """
        if not _is_hash(leaf):
            raise ValueError("a leaf is added by its hash")
        ended = [leaf]
        for level in range((~self.size & self.size + 1).bit_length() - 1):
            ended.append(node_hash(self._peaks.pop(), ended[level]))
        self._peaks.append(ended[-1])
        self.size += 1
        return ended

    @property
    def root(self) -> bytes:
        """Of all leaves so far."""
        return join(self._peaks)

    def to_hex(self) -> list[str]:
        """To be kept; the size is kept beside it."""
        return [peak.hex() for peak in self._peaks]

    @classmethod
    def from_hex(cls, peaks: Iterable[str], size: int) -> "Frontier":
        """As it was kept."""
        return cls(map(bytes.fromhex, peaks), size)


def join(peaks: Sequence[bytes]) -> bytes:
    """The root over full subtrees that follow one another, the largest first."""
    if not peaks:
        return EMPTY
    *others, found = peaks
    for peak in reversed(others):
        found = node_hash(peak, found)
    return found


def full_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """The full subtrees of a range, the largest first, as (level, which one of that level).

    The range begins where a subtree as large as it does: so do all ranges of proofs.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """PATH of RFC 9162 §2.1.3.1: the ranges whose roots prove a leaf, the nearest first."""
    if not 0 <= index < size:
        raise ValueError("the leaf is not in the tree")
    found: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        found.append((middle, end) if index < middle else (start, middle))
        start, end = (start, middle) if index < middle else (middle, end)
    return found[::-1]


def consistency_ranges(old: int, size: int) -> list[Range]:
    """SUBPROOF of RFC 9162 §2.1.4.1: the ranges whose roots prove that a tree extends its first `old` leaves."""
    if not 0 < old <= size:
        raise ValueError("consistency is proved from a tree that has leaves and is not the larger one")
    found: list[Range] = []
    start, end = 0, size
    while old != end:
        middle = start + split(end - start)
        found.append((middle, end) if old <= middle else (start, middle))
        start, end = (start, middle) if old <= middle else (middle, end)
    if start:
        found.append((start, end))
    return found[::-1]


Subtree = Callable[[int, int], bytes]
"""The root over the leaves of a range."""


def _in(hashes: Sequence[bytes]) -> Subtree:
    return lambda start, end: root(hashes[start:end])


def inclusion_proof(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """That the leaf at `index` is in the tree of all `hashes` (RFC 9162 §2.1.3.1)."""
    subtree = _in(hashes)
    return [subtree(*one) for one in inclusion_ranges(index, len(hashes))]


def consistency_proof(old: int, hashes: Sequence[bytes]) -> list[bytes]:
    """That the tree of all `hashes` begins with its first `old` ones (RFC 9162 §2.1.4.1)."""
    subtree = _in(hashes)
    return [subtree(*one) for one in consistency_ranges(old, len(hashes))]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes) -> bool:
    """RFC 9162 §2.1.3.2, step by step."""
    if not 0 <= index < size or not all(map(_is_hash, (leaf, expected, *proof))):
        return False
    fn, sn, found = index, size - 1, leaf
    for one in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            found = node_hash(one, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, one)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and found == expected


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2, step by step. From an empty tree everything follows: that is no proof of anything."""
    if not 0 < old <= new or not all(map(_is_hash, (old_root, new_root, *proof))):
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof) if old & old - 1 else [old_root, *proof]
    if not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for one in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(one, fr), node_hash(one, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, one)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


def _is_hash(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == SIZE
