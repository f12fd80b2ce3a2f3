"""What a leaf of the ledger is: one event, each of its fields committed to with a salt of its own.

Whoever has the leaf and the salt and value of one field can check that field and learns nothing of the others;
where the salt is gone, nobody can guess the value, and every proof about the leaf still holds. This module is
the format's law (docs/ledger.md): kinds and fields are never reordered or removed, anything new is a new
version.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from .merkle import leaf_hash

HEADER = "deliberate/leaf/1"
ROLL_HEADER = "deliberate/roll/1"
SALT = 32
"""Bytes of a salt."""
_COMMITTED = b"deliberate/field/1"
_LINE = re.compile(r"([a-z_]+) ([0-9a-f]{64})")
_PLAIN_LINE = re.compile(r"([a-z_]+) ([0-9a-z_]+)")

FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "consent": (
            "round",
            "plan",
            "slot",
            "deed",
            "answer",
            "late",
            "supersedes",
            "channel",
            "time",
            "serial",
            "signed_at",
            "signer",
            "canvassers",
            "evidence",
            "recorder",
            "reason",
        ),
        "roll": ("round", "roll_root", "size", "role", "account", "time"),
        "opening": (
            "round",
            "plan",
            "rules",
            "scope",
            "roll_root",
            "size",
            "answer_until",
            "register_until",
            "settle_until",
            "visibility",
            "time",
        ),
        "extension": ("round", "old_until", "new_until", "reason", "time"),
        "closing": ("round", "account", "time"),
        "sheet": ("round", "n", "figures", "time"),
        "sheet_signature": ("round", "n", "role", "account", "time"),
        "objection": ("round", "number", "slot", "ground", "time"),
        "recheck": ("round", "number", "decision", "account", "time"),
        "check": ("round", "step", "data", "time"),
        "outcome": ("round", "outcome", "tests", "time"),
        "quarantine": ("round", "record", "decision", "account", "reason", "time"),
    }
)
"""Kind → its fields, in the order in which they stand."""

_SECRET = {"account", "reason"}
PUBLIC: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {kind: tuple(name for name in fields if name not in _SECRET) for kind, fields in FIELDS.items()}
    | {
        "consent": ("round", "plan", "slot", "deed", "answer", "late", "supersedes"),
        "objection": ("round", "number", "ground", "time"),
    }
)
"""Kind → the fields that anybody may see; those of a consent only once its round is closed."""

ROLL_FIELDS = ("household", "owner", "area", "homes")
"""What a leaf of the roll commits to; an area names a home, so none of them is opened to the public."""
_ROLL_LINES = (_PLAIN_LINE, _PLAIN_LINE, *(_LINE for _ in ROLL_FIELDS))


class Opening(NamedTuple):
    """What shows that a commitment is to this value."""

    name: str
    salt: bytes
    value: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """An event as it enters the tree, with everything that opens it."""

    text: str
    hash: bytes
    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A leaf as anybody can read it."""

    kind: str
    commitments: Mapping[str, str]


def commitment(name: str, salt: bytes, value: str) -> str:
    """64 hex digits that hold the value fast and, without the salt, tell nothing of it."""
    if len(salt) != SALT:
        raise ValueError("a salt has 32 bytes")
    return hashlib.sha256(_before(name) + salt + value.encode()).hexdigest()


@cache
def _before(name: str) -> bytes:
    """What a commitment begins with; there are few names."""
    return b"\x00".join((_COMMITTED, name.encode(), b""))


def make_leaf(kind: str, values: Mapping[str, str], salts: Sequence[bytes]) -> Leaf:
    """The leaf of an event; one salt per field, in the order of `FIELDS`, never used before."""
    names = FIELDS[kind]
    if values.keys() != set(names) or len(set(salts)) != len(names):
        raise ValueError(f"a leaf of kind {kind} has a value and a salt of its own for each of {names}")
    openings = tuple([Opening(name, salt, values[name]) for name, salt in zip(names, salts, strict=True)])
    held = [f"{o.name} {commitment(o.name, o.salt, o.value)}\n" for o in openings]
    text = f"{HEADER}\n{kind}\n{''.join(held)}"
    return Leaf(text, leaf_hash(text.encode()), openings)


def parse(text: str) -> Parsed:
    """A leaf as it was written; ValueError where it differs from the law in a single character."""
    header, kind, *lines = _lines(text)
    found = [_LINE.fullmatch(line) for line in lines]
    pairs = [(match[1], match[2]) for match in found if match]
    if header != HEADER or kind not in FIELDS or len(pairs) != len(lines):
        raise ValueError("not a leaf of version 1")
    if tuple(name for name, _ in pairs) != FIELDS[kind]:
        raise ValueError(f"a leaf of kind {kind} has other fields")
    return Parsed(kind, dict(pairs))


def opens(leaf_text: str, opening: Opening) -> bool:
    """Whether the opening is of this leaf; what is malformed opens nothing."""
    try:
        held = parse(leaf_text).commitments.get(opening.name)
        return held == commitment(opening.name, opening.salt, opening.value)
    except ValueError:
        return False


def roll_salt(secret: bytes, name: str) -> bytes:
    """The salt of a field on the roll, from the secret of its entry: to erase the one erases all four."""
    return hmac.new(secret, name.encode(), hashlib.sha256).digest()


def roll_leaf(slot: str, electorate: str, values: Mapping[str, str], secret: bytes) -> str:
    """The leaf of one entry on a round's roll; its root stands in certificates, opening and heads."""
    if values.keys() != set(ROLL_FIELDS) or len(secret) != SALT:
        raise ValueError(f"an entry on the roll has a secret of 32 bytes and {ROLL_FIELDS}")
    held = (f"{name} {commitment(name, roll_salt(secret, name), values[name])}" for name in ROLL_FIELDS)
    return "".join(f"{line}\n" for line in (ROLL_HEADER, f"slot {slot}", f"electorate {electorate}", *held))


def parse_roll(text: str) -> tuple[str, str, Mapping[str, str]]:
    """Slot, electorate and commitments of a leaf of the roll; ValueError where it is none."""
    header, *lines = _lines(text)
    found = [pattern.fullmatch(line) for pattern, line in zip(_ROLL_LINES, lines, strict=True)]
    pairs = [(match[1], match[2]) for match in found if match]
    names = tuple(name for name, _ in pairs)
    if header != ROLL_HEADER or names != ("slot", "electorate", *ROLL_FIELDS):
        raise ValueError("not a leaf of a roll of version 1")
    return pairs[0][1], pairs[1][1], dict(pairs[2:])


def roll_opens(text: str, opening: Opening) -> bool:
    """Whether the opening is of this leaf of a roll."""
    try:
        held = parse_roll(text)[2].get(opening.name)
        return held == commitment(opening.name, opening.salt, opening.value)
    except ValueError:
        return False


def _lines(text: str) -> list[str]:
    """The lines, each ended by LF."""
    *lines, rest = text.split("\n")
    if rest:
        raise ValueError("every line ends with LF")
    return lines


def canonical(data: object) -> str:
    """JSON in one way only, so that equal data is equal text."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def moment(when: datetime | None) -> str:
    """A time in UTC to the second, as `2026-11-22T08:45:00Z`; empty where there is none."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""


def round_name(proposal_number: int, n: int) -> str:
    """The public name of a round."""
    return f"{proposal_number}.{n}"
