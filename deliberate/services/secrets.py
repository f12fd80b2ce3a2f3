"""Codes that people carry: on letters and receipts, kept only as keyed hashes."""

import hmac
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
LENGTH = 12
_BITS = tuple(range(5 * LENGTH - 5, -1, -5))


def new_code() -> str:
    """Twelve characters (60 bits) that nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """As printed: `K7QM-2XR9-WT4P`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def derived_code(key: bytes, purpose: str, text: str) -> str:
    """Twelve characters (60 bits) that only the holder of the key can work out again."""
    digest = hmac.digest(key, f"{purpose}|{text}".encode(), "sha256")
    number = int.from_bytes(digest[:8], "big") >> 4
    return "".join([ALPHABET[number >> bits & 31] for bits in _BITS])


def normalise(typed: str) -> str:
    """A code as typed, with look-alikes and groups put right."""
    return unicodedata.normalize("NFKC", typed).strip().upper().translate(_LOOK_ALIKES)


def keyed_hash(code: str, key: bytes) -> str:
    """What is stored instead of the code."""
    return hmac.digest(key, normalise(code).encode(), "sha256").hex()
