"""Codes: unguessable, typed in any way a person types, kept only as a keyed hash."""

import string

from hypothesis import given
from hypothesis import strategies as st

from deliberate.services import secrets

CODES = st.text(secrets.ALPHABET, min_size=12, max_size=12)


def test_a_new_code_has_twelve_characters_of_the_alphabet_and_none_comes_twice() -> None:
    codes = {secrets.new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert all(len(code) == 12 and set(code) <= set(secrets.ALPHABET) for code in codes)


def test_the_alphabet_has_none_that_look_alike() -> None:
    assert set(string.ascii_uppercase + string.digits) - set(secrets.ALPHABET) == set("ILOU")


@given(CODES, st.randoms(use_true_random=False))
def test_a_code_typed_sloppily_is_the_same_code(code: str, random: object) -> None:
    sloppy = secrets.grouped(code).lower().replace("0", "o").replace("1", "l").replace("-", " - ")
    full_width = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() and c.isascii() else c for c in code)
    key = b"k" * 32
    assert secrets.normalise(sloppy) == code
    assert secrets.keyed_hash(f"  {sloppy}\n", key) == secrets.keyed_hash(code, key)
    assert secrets.keyed_hash(full_width, key) == secrets.keyed_hash(code, key)


@given(CODES, CODES)
def test_other_codes_and_other_keys_have_other_hashes(one: str, other: str) -> None:
    assert (secrets.keyed_hash(one, b"a") == secrets.keyed_hash(other, b"a")) == (one == other)
    assert secrets.keyed_hash(one, b"a") != secrets.keyed_hash(one, b"b")
    assert one not in secrets.keyed_hash(one, b"a").upper()


def test_groups_of_four() -> None:
    assert secrets.grouped("K7QM2XR9WT4P") == "K7QM-2XR9-WT4P"
