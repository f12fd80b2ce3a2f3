"""The signer of heads: it remembers what it signed last, and signs nothing that does not extend it.

Whoever holds the database can rewrite it; whoever holds the key cannot be made to sign the rewritten tree. That
is worth most where the key lives elsewhere: in another process (`signer_socket`) or offline (`signer_files`).
"""

import base64
import fcntl
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from deliberate import whole_files
from deliberate.domain.ledger import merkle, note
from deliberate.domain.ledger.note import Checkpoint


class Fault(StrEnum):
    """Why a head is not signed."""

    SHORTER = "shorter"
    FORKED = "forked"
    UNPROVED = "unproved"
    MALFORMED = "malformed"


class SignerRefused(Exception):
    """The signer was asked to sign what does not extend its last head."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(f"the signer refuses this head: {fault.value}")


class SignerAway(Exception):
    """Nobody answers; heads stay unsigned until somebody does."""


class Signer(Protocol):
    """What signs heads."""

    def public(self) -> bytes:
        """Its key, 32 bytes."""

    def last(self, origin: str) -> tuple[int, bytes] | None:
        """Size and root of the last head it signed of that ledger."""

    def sign(self, body: str, proof: Sequence[bytes]) -> note.Signature:
        """Sign the head; `proof` shows that it extends `last` (RFC 9162 §2.1.4)."""


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 (RFC 8032), as `note` wants it handed in."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def judge(head: Checkpoint, last: tuple[int, bytes] | None, proof: Sequence[bytes]) -> None:
    """Refuse a head that is shorter than the last, another of its size, or not proved to contain it."""
    if head.size == 0 and head.root != merkle.EMPTY:
        raise SignerRefused(Fault.FORKED)
    if last is None:
        return
    size, root = last
    if head.size < size:
        raise SignerRefused(Fault.SHORTER)
    if head.size == size and head.root != root:
        raise SignerRefused(Fault.FORKED)
    if head.size > size > 0 and not merkle.verify_consistency(size, head.size, root, head.root, proof):
        raise SignerRefused(Fault.UNPROVED)


class KeySigner:
    """A signer over two files: its key, made at first start, and its memory, without which it does not start."""

    def __init__(self, key_file: Path, state_file: Path) -> None:
        if not key_file.exists():
            _begin(key_file, state_file)
        if not state_file.exists():
            raise SignerAway(f"{key_file} has signed before, but {state_file} is gone: restore it")
        seed = base64.b64decode(key_file.read_bytes(), validate=False)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._state_file = state_file

    def public(self) -> bytes:
        """Its key."""
        return self._key.public_key().public_bytes_raw()

    def last(self, origin: str) -> tuple[int, bytes] | None:
        """What it remembers of that ledger."""
        return _last(self._memory(), origin)

    def sign(self, body: str, proof: Sequence[bytes]) -> note.Signature:
        """Sign what extends the last head; it is remembered durably before the signature leaves."""
        try:
            head = note.parse_body(body)
        except note.BadNote as error:
            raise SignerRefused(Fault.MALFORMED) from error
        with self._alone():
            memory = self._memory()
            judge(head, _last(memory, head.origin), proof)
            memory[head.origin] = {"size": head.size, "root": head.root.hex()}
            whole_files.replace(self._state_file, json.dumps(memory, sort_keys=True, indent=1).encode())
            return note.sign_note(body, head.origin, self.public(), self._key.sign)

    def _memory(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._state_file.read_text())
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Several processes may hold the key file; one signs at a time."""
        with open(f"{self._state_file}.lock", "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _last(memory: dict[str, Any], origin: str) -> tuple[int, bytes] | None:
    kept = memory.get(origin)
    return (int(kept["size"]), bytes.fromhex(kept["root"])) if kept else None


def _begin(key_file: Path, state_file: Path) -> None:
    """Make memory and key; a lost key that has signed before is not replaced by another."""
    for folder in (state_file.parent, key_file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    memory = whole_files.made_once(state_file, lambda: b"{}")
    if json.loads(memory) and not key_file.exists():
        raise SignerAway(f"{state_file} remembers heads of a key, but {key_file} is gone: restore it")
    whole_files.made_once(key_file, lambda: base64.b64encode(secrets.token_bytes(32)) + b"\n")
