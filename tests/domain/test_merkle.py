"""Merkle trees: the published vectors, every proof of every tree up to 64 leaves, and nothing false accepted."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.ledger.merkle import (
    EMPTY,
    Frontier,
    consistency_proof,
    consistency_ranges,
    full_subtrees,
    inclusion_proof,
    inclusion_ranges,
    join,
    leaf_hash,
    node_hash,
    root,
    split,
    verify_consistency,
    verify_inclusion,
)

DATA = Path(__file__).parents[1] / "data" / "merkle"
PROOFS = json.loads((DATA / "proofs.json").read_text())
TREES = json.loads((DATA / "trees.json").read_text())
MOST = 64
CROSSED = 20
"""Up to this size every proof is tried on every other leaf and root too."""
NO_HASHES = "consistency/additional/sizes-are-equal-one-and-proof-is-empty"
"""Its two equal roots are words of 12 bytes; here what is no hash proves nothing."""
LEAVES = [leaf_hash(bytes([n])) for n in range(MOST)]


def plain_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1 word for word, as a second opinion."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = max(2**n for n in range(8) if 2**n < len(hashes))
    return node_hash(plain_root(hashes[:k]), plain_root(hashes[k:]))


ROOTS = [plain_root(LEAVES[:size]) for size in range(MOST + 1)]


def hexes(proof: list[str]) -> list[bytes]:
    return [bytes.fromhex(one) for one in proof]


def test_hashes_are_those_of_the_rfc() -> None:
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    node = node_hash(b"N123", b"N456").hex()
    assert node == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    pair = leaf_hash(b"Hello"), leaf_hash(b"World")
    assert node_hash(*pair) != leaf_hash(b"".join(pair))
    assert node_hash(*pair) != node_hash(*pair[::-1])


@pytest.mark.parametrize(("name", "index", "size", "leaf", "proof", "expected", "holds"), PROOFS["inclusion"])
def test_published_inclusion_proof(
    name: str, index: int, size: int, leaf: str, proof: list[str], expected: str, holds: bool
) -> None:
    found = verify_inclusion(index, size, bytes.fromhex(leaf), hexes(proof), bytes.fromhex(expected))
    assert found is holds


@pytest.mark.parametrize(("name", "old", "new", "one", "other", "proof", "holds"), PROOFS["consistency"])
def test_published_consistency_proof(
    name: str, old: int, new: int, one: str, other: str, proof: list[str], holds: bool
) -> None:
    found = verify_consistency(old, new, bytes.fromhex(one), bytes.fromhex(other), hexes(proof))
    assert found is (holds and name != NO_HASHES)


def test_there_are_as_many_vectors_as_were_published() -> None:
    assert len(PROOFS["inclusion"]) + len(PROOFS["consistency"]) == 196


def test_reference_tree() -> None:
    leaves = [leaf_hash(bytes.fromhex(one)) for one in TREES["leaves"]]
    assert [root(leaves[:size]).hex() for size in range(9)] == TREES["roots"]
    for index, size, proof in TREES["inclusion"]:
        assert inclusion_proof(index, leaves[:size]) == hexes(proof)
    for old, size, proof in TREES["consistency"]:
        assert consistency_proof(old, leaves[:size]) == hexes(proof)


@pytest.mark.parametrize(("size", "expected"), TREES["counted"])
def test_published_root_of_a_larger_tree(size: int, expected: str) -> None:
    assert root(leaf_hash(n.to_bytes(2, "little")) for n in range(size)).hex() == expected


@pytest.mark.parametrize("size", range(MOST + 1))
def test_every_proof_of_a_tree(size: int) -> None:
    leaves = LEAVES[:size]
    assert root(leaves) == ROOTS[size]
    for index in range(size):
        proof = inclusion_proof(index, leaves)
        for other in range(size) if size <= CROSSED else [index]:
            assert verify_inclusion(other, size, leaves[index], proof, ROOTS[size]) is (other == index)
            assert verify_inclusion(index, size, leaves[other], proof, ROOTS[size]) is (other == index)
    for old in range(1, size + 1):
        proof = consistency_proof(old, leaves)
        for other in range(1, size + 1) if size <= CROSSED else [old]:
            same = other == old
            assert verify_consistency(other, size, ROOTS[other], ROOTS[size], proof) is same or not proof
            assert verify_consistency(old, size, ROOTS[other], ROOTS[size], proof) is same


def test_an_empty_proof_is_of_a_tree_with_itself_only() -> None:
    for old in range(1, 9):
        for new in range(1, 9):
            assert verify_consistency(old, new, ROOTS[old], ROOTS[new], []) is (old == new)


def test_a_tree_follows_from_no_empty_one() -> None:
    assert not verify_consistency(0, 8, EMPTY, ROOTS[8], [])
    assert not verify_consistency(0, 0, EMPTY, EMPTY, [])
    with pytest.raises(ValueError, match="has leaves"):
        consistency_ranges(0, 8)
    with pytest.raises(ValueError, match="not the larger"):
        consistency_ranges(9, 8)


def test_what_is_no_leaf_is_in_no_tree() -> None:
    """Neither a place before the first, nor bytes that are no hash, even if a root was made over them."""
    leaf = b"\x01" * 32
    assert verify_inclusion(0, 1, leaf, [], leaf)
    assert not verify_inclusion(-1, 1, leaf, [], leaf)
    assert not verify_inclusion(0, 2, b"short", [leaf], node_hash(b"short", leaf))
    assert not verify_inclusion(1, 2, b"short", [leaf], node_hash(leaf, b"short"))
    assert not verify_inclusion(0, 2, leaf, [b"short"], node_hash(leaf, b"short"))
    assert not verify_inclusion(0, 1, leaf, [leaf], node_hash(leaf, leaf))
    assert not verify_inclusion(0, 1, leaf, [], bytearray(leaf))


def test_roots_made_over_what_is_no_hash_follow_from_nothing() -> None:
    leaf = b"\x01" * 32
    assert verify_consistency(1, 2, leaf, node_hash(leaf, leaf), [leaf])
    assert not verify_consistency(1, 2, b"short", node_hash(b"short", leaf), [leaf])
    assert not verify_consistency(1, 2, leaf, node_hash(leaf, b"short"), [b"short"])
    assert not verify_consistency(1, 1, b"short", b"short", [])
    assert not verify_consistency(1, 1, leaf, bytearray(leaf), [])
    assert not verify_consistency(1, 1, bytearray(leaf), leaf, [])


def test_a_proof_that_goes_on_above_the_root_proves_nothing() -> None:
    a, b, c, more = (bytes([n]) * 32 for n in range(4))
    old, new = node_hash(c, a), node_hash(c, node_hash(a, b))
    assert verify_consistency(3, 4, old, new, [a, b, c])
    assert not verify_consistency(3, 4, node_hash(more, old), node_hash(more, new), [a, b, c, more])


def test_a_leaf_outside_has_no_proof() -> None:
    for index in (-1, 8):
        with pytest.raises(ValueError, match="not in the tree"):
            inclusion_ranges(index, 8)


TAMPERED = st.tuples(st.integers(2, MOST), st.data())


@given(TAMPERED)
def test_a_tampered_inclusion_proof_fails(case: tuple[int, st.DataObject]) -> None:
    size, data = case
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, LEAVES[:size])
    assert not verify_inclusion(index, size, LEAVES[index], tampered(proof, data), ROOTS[size])
    assert not verify_inclusion(index, size, LEAVES[index], proof, flipped(ROOTS[size], data))
    assert not verify_inclusion(index, size, flipped(LEAVES[index], data), proof, ROOTS[size])


@given(TAMPERED)
def test_a_tampered_consistency_proof_fails(case: tuple[int, st.DataObject]) -> None:
    size, data = case
    old = data.draw(st.integers(1, size - 1))
    proof = consistency_proof(old, LEAVES[:size])
    assert not verify_consistency(old, size, ROOTS[old], ROOTS[size], tampered(proof, data))
    assert not verify_consistency(old, size, flipped(ROOTS[old], data), ROOTS[size], proof)
    assert not verify_consistency(old, size, ROOTS[old], flipped(ROOTS[size], data), proof)


def flipped(value: bytes, data: st.DataObject) -> bytes:
    """One bit of it the other way."""
    bit = data.draw(st.integers(0, len(value) * 8 - 1))
    return (int.from_bytes(value) ^ 1 << bit).to_bytes(len(value))


def tampered(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    """A bit flipped, a hash taken out, put in twice, cut short or added."""
    at = data.draw(st.integers(0, len(proof) - 1))
    return data.draw(
        st.sampled_from(
            [
                [*proof[:at], flipped(proof[at], data), *proof[at + 1 :]],
                [*proof[:at], *proof[at + 1 :]],
                [*proof[:at], proof[at], *proof[at:]],
                [*proof[:at], proof[at][:-1], *proof[at + 1 :]],
                [*proof, LEAVES[0]],
            ]
        )
    )


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_kept_frontier_goes_on_as_if_never_kept(first: int, more: int) -> None:
    hashes = [leaf_hash(n.to_bytes(2)) for n in range(first + more)]
    kept = Frontier()
    for one in hashes[:first]:
        kept.append(one)
    again = Frontier.from_hex(kept.to_hex(), kept.size)
    for one in hashes[first:]:
        again.append(one)
    assert again.size == len(hashes)
    assert again.root == root(hashes) == join([bytes.fromhex(peak) for peak in again.to_hex()])


@given(st.integers(1, 300))
def test_appending_tells_the_full_subtrees_that_it_ends(size: int) -> None:
    hashes = [leaf_hash(n.to_bytes(2)) for n in range(size)]
    frontier = Frontier()
    ended = [frontier.append(one) for one in hashes][-1]
    assert ended == [root(hashes[size - 2**level :]) for level in range(len(ended))]
    assert size % 2 ** (len(ended) - 1) == 0
    assert size % 2 ** len(ended) != 0


@given(st.integers(1, 400), st.data())
def test_every_range_of_a_proof_is_made_of_full_subtrees(size: int, data: st.DataObject) -> None:
    hashes = [leaf_hash(n.to_bytes(2)) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    for start, end in (*inclusion_ranges(index, size), *consistency_ranges(index + 1, size)):
        peaks = [root(hashes[n << level : n + 1 << level]) for level, n in full_subtrees(start, end)]
        assert join(peaks) == root(hashes[start:end])


def test_split_is_the_largest_power_of_two_below() -> None:
    assert [split(size) for size in (2, 3, 4, 5, 8, 9, 1025)] == [1, 2, 2, 4, 4, 8, 1024]


@pytest.mark.parametrize(
    ("peaks", "size"),
    [([], 1), ([LEAVES[0]], 0), ([LEAVES[0]], 3), ([b"short"], 1), ([], -1), ([LEAVES[0]], -1)],
)
def test_a_frontier_has_one_hash_for_each_bit_of_its_size(peaks: list[bytes], size: int) -> None:
    with pytest.raises(ValueError, match="one hash for each bit"):
        Frontier(peaks, size)


def test_only_hashes_are_appended() -> None:
    with pytest.raises(ValueError, match="by its hash"):
        Frontier().append(b"a leaf")
