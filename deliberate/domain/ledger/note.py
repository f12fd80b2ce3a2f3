"""Signed notes and checkpoints as C2SP writes them (c2sp.org/signed-note, /tlog-checkpoint, /tlog-cosignature).

Signing and verifying are handed in, so that the rules know no library: `sign(message) -> signature` and
`verify(public, message, signature) -> bool`, both Ed25519 (RFC 8032).
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

ED25519 = 1
"""The type byte of a plain signature."""
COSIGNATURE = 4
"""The type byte of a witness's signature, which says when it looked."""
MOST_SIGNATURES = 64
_DASH = "— "

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes, bytes], bool]


class BadNote(ValueError):
    """Not a note, or not one that may be believed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a tree: whose, how many leaves, their root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """Who signs, and how it is checked."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def id(self) -> bytes:
        """The four bytes that stand in a signature."""
        return key_id(self.name, self.public, self.kind)


@dataclass(frozen=True, slots=True)
class Signature:
    """A line below a note; of a cosignature the first eight bytes are its time."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """As it stands in the note, with its LF."""
        return f"{_DASH}{self.name} {_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and who signed it."""

    body: str
    signatures: tuple[Signature, ...]

    @property
    def text(self) -> str:
        """The whole note."""
        return self.body + "\n" + "".join(signature.line for signature in self.signatures)


def body(checkpoint: Checkpoint) -> str:
    """The text that is signed (tlog-checkpoint)."""
    lines = [checkpoint.origin, str(checkpoint.size), _base64(checkpoint.root), *checkpoint.extensions]
    if checkpoint.size < 0 or len(checkpoint.root) != 32 or not all(lines) or not all(map(_plain, lines)):
        raise BadNote("a checkpoint is made of lines that say something")
    return "".join(f"{line}\n" for line in lines)


def parse_body(text: str) -> Checkpoint:
    """A checkpoint as it was written; BadNote where it differs from what `body` writes."""
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or not lines[1].isdecimal():
        raise BadNote("a checkpoint has an origin, a size and a root")
    if len(lines[1]) > 18:
        raise BadNote("no tree is that large")
    found = Checkpoint(lines[0], int(lines[1]), _bytes(lines[2]), tuple(lines[3:]))
    if body(found) != text:
        raise BadNote("a checkpoint is written in one way only")
    return found


def key_id(name: str, public: bytes, kind: int = ED25519) -> bytes:
    """SHA-256(name || LF || type || public key), its first four bytes (signed-note)."""
    return hashlib.sha256(f"{name}\n".encode() + bytes([kind]) + public).digest()[:4]


def vkey(key: Key) -> str:
    """The key as people hand it on: `name+id+base64(type || public)`."""
    return f"{key.name}+{key.id.hex()}+{_base64(bytes([key.kind]) + key.public)}"


def parse_vkey(text: str) -> Key:
    """A key as it was handed on."""
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    material = _bytes(encoded)
    if len(material) != 33 or material[0] not in (ED25519, COSIGNATURE) or not _is_name(name):
        raise BadNote("not a verifier key")
    key = Key(name, material[1:], material[0])
    if key.id.hex() != identity:
        raise BadNote("the key's id is not that of its name and bytes")
    return key


def sign_note(text: str, name: str, public: bytes, sign: Sign) -> Signature:
    """One signature under a text, to be kept or added to others."""
    if not _is_name(name) or not text.endswith("\n") or not all(map(_plain, text.split("\n"))):
        raise BadNote("a note is lines of plain text, a name has no spaces and no plus")
    return Signature(name, key_id(name, public), sign(text.encode()))


def signed(text: str, name: str, public: bytes, sign: Sign) -> str:
    """The text as a note with one signature."""
    return Note(text, (sign_note(text, name, public, sign),)).text


def cosign_note(text: str, name: str, public: bytes, sign: Sign, *, time: int) -> Signature:
    """A witness's signature under a checkpoint, with the second since 1970 at which it looked."""
    parse_body(text)
    if not _is_name(name):
        raise BadNote("a name has no spaces and no plus")
    stamp = time.to_bytes(8)
    return Signature(name, key_id(name, public, COSIGNATURE), stamp + sign(_cosigned(text, time)))


def parse_note(text: str) -> Note:
    """A note as it was written, its signatures not yet checked."""
    said, gap, below = text.rpartition("\n\n")
    lines = below.split("\n")
    if (
        not gap
        or lines.pop()
        or not 0 < len(lines) <= MOST_SIGNATURES
        or not all(map(_plain, text.split("\n")))
    ):
        raise BadNote("a note is a text, an empty line and signatures")
    return Note(said + "\n", tuple(map(_signature, lines)))


def verify_note(text: str, keys: Iterable[Key], verify: Verify) -> Note:
    """The note with those of its signatures that known keys made.

    BadNote when it is malformed, when a known key's signature is wrong, or when no known key signed.
    """
    note = parse_note(text)
    known = {(key.name, key.id): key for key in keys}
    good = tuple(one for one in note.signatures if (one.name, one.key_id) in known)
    if not good:
        raise BadNote("no known key signed this note")
    if not all(_holds(note.body, known[one.name, one.key_id], one, verify) for one in good):
        raise BadNote("a signature is not the key's")
    return Note(note.body, good)


def _holds(text: str, key: Key, one: Signature, verify: Verify) -> bool:
    if key.kind == ED25519:
        return len(one.signature) == 64 and verify(key.public, text.encode(), one.signature)
    time, signature = int.from_bytes(one.signature[:8]), one.signature[8:]
    return len(signature) == 64 and verify(key.public, _cosigned(text, time), signature)


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    material = _bytes(encoded)
    if not line.startswith(_DASH) or not _is_name(name) or len(material) < 5:
        raise BadNote("a signature is a dash, a name and base64")
    return Signature(name, material[:4], material[4:])


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(one.isspace() for one in name)


def _plain(text: str) -> bool:
    return all(one >= " " for one in text)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    """Base64 in its one way of writing."""
    try:
        found = base64.b64decode(text)
    except ValueError as error:
        raise BadNote("not base64") from error
    if _base64(found) != text:
        raise BadNote("base64 is written in one way only")
    return found
