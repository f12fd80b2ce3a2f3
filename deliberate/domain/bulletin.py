"""The bulletin of a closed round: a folder of static files from which anybody recounts it, format 1.

Its law is in docs/proof.md and in the verifiers that lie in the folder. What is opened of a consent to the
public is exactly what `PUBLIC` of the ledger says; of a record of another round that lies between ours, only of
which round it is, so that none of ours can be hidden among them.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .ledger.leaf import PUBLIC

FORMAT = "deliberate/bulletin/1"
SUMS = "SHA256SUMS"

Openings = Mapping[str, Sequence[str]]
"""Field → [salt in base64, value]."""


class BulletinKind(StrEnum):
    """Preliminary after the closing; final once the outcome is."""

    PRELIMINARY = "preliminary"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Event:
    """A record where it stands in the tree, with what of it is shown."""

    position: int
    leaf: str
    openings: Openings


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head as it was published."""

    size: int
    id: int
    note: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A count sheet, and in what capacities it was signed."""

    n: int
    figures: Mapping[str, Any]
    signed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Filed:
    """An objection without the household, and what its recheck decided."""

    number: int
    ground: str
    decision: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the spot check, as its leaf has it."""

    step: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Everything that is published of a round. The long parts may be read only once."""

    kind: BulletinKind
    origin: str
    round: str
    plan: str
    rules: Sequence[Mapping[str, Any]]
    scope: Mapping[str, Any]
    keys: Sequence[tuple[str, str]]
    """Names and public keys (base64) of those who sign heads."""
    roll_size: int
    roll_root: str
    electorates: Mapping[str, int]
    roll: Iterable[str]
    """Leaves of the roll, by slot."""
    tree: Iterable[str]
    """Every leaf hash of the community, in hex, up to the last head."""
    events: Iterable[Event]
    heads: Iterable[Head]
    sheets: Sequence[Sheet] = ()
    objections: Sequence[Filed] = ()
    audit: Sequence[Step] = ()
    papers: Mapping[str, bytes] = field(default_factory=dict)
    """What lies beside the data: the explanation and the verifiers."""


def shown(kind: str, openings: Openings, *, own: bool) -> Openings:
    """What the public may see of a leaf of this round, or (not `own`) of another one."""
    return {name: openings[name] for name in (PUBLIC[kind] if own else ("round",))}


def files(bulletin: Bulletin) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Every file, name and parts; each must be read to its end before the next. The sums come last."""
    sums: dict[str, str] = {}
    for name, parts in _files(bulletin):
        yield name, _summed(name, parts, sums)
    yield SUMS, iter(["".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()])


def _files(bulletin: Bulletin) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield "bulletin.json", [_pretty(about(bulletin))]
    yield "roll.jsonl", (_line(text) for text in bulletin.roll)
    yield "tree.txt", (f"{one}\n".encode() for one in bulletin.tree)
    yield (
        "events.jsonl",
        (
            _line({"position": one.position, "leaf": one.leaf, "openings": dict(one.openings)})
            for one in bulletin.events
        ),
    )
    for head in bulletin.heads:
        yield f"heads/{head.size}-{head.id}.note", [head.note.encode()]
    sheets = [{"n": s.n, "figures": s.figures, "signed": sorted(s.signed)} for s in bulletin.sheets]
    yield "sheet.json", [_pretty({"sheets": sheets})]
    filed = [{"number": o.number, "ground": o.ground, "decision": o.decision} for o in bulletin.objections]
    yield "objections.json", [_pretty({"objections": filed})]
    yield "audit.json", [_pretty({"steps": [{"step": s.step, "data": s.data} for s in bulletin.audit]})]
    for name, content in bulletin.papers.items():
        yield name, [content]


def about(bulletin: Bulletin) -> dict[str, Any]:
    """`bulletin.json`: which round, by which text and rules, signed by whom."""
    return {
        "format": FORMAT,
        "kind": bulletin.kind.value,
        "origin": bulletin.origin,
        "round": bulletin.round,
        "plan": bulletin.plan,
        "rules": bulletin.rules,
        "scope": bulletin.scope,
        "keys": [{"name": name, "public": public} for name, public in bulletin.keys],
        "roll": {
            "size": bulletin.roll_size,
            "electorates": dict(bulletin.electorates),
            "root": bulletin.roll_root,
        },
    }


def _summed(name: str, parts: Iterable[bytes], sums: dict[str, str]) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
        yield part
    sums[name] = digest.hexdigest()


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _pretty(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
