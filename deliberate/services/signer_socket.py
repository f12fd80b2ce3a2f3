"""A signer in another process: one question and one answer, each a line of JSON, over a Unix socket.

    {"ask": "public"}                                   → {"public": base64}
    {"ask": "last", "origin": …}                        → {"size": n, "root": hex} or {"size": null}
    {"ask": "sign", "body": text, "proof": [hex, …]}    → {"name", "key_id": hex, "signature": base64}
    anything refused                                    → {"refused": "shorter" | "forked" | …}

Run it as another user than the application: the socket is for the group, the key for its user alone.
"""

import base64
import json
import os
import socket
import socketserver
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deliberate.domain.ledger import note

from .signing import Fault, Signer, SignerAway, SignerRefused

LONGEST = 1 << 20
PATIENCE = 10.0
"""Seconds for an answer: a signer under lock and key is not asked twice."""


class SocketSigner:
    """The other process as the application sees it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def public(self) -> bytes:
        """Its key."""
        return base64.b64decode(self._ask({"ask": "public"})["public"])

    def last(self, origin: str) -> tuple[int, bytes] | None:
        """What it remembers of that ledger."""
        said = self._ask({"ask": "last", "origin": origin})
        return None if said["size"] is None else (int(said["size"]), bytes.fromhex(said["root"]))

    def sign(self, body: str, proof: Sequence[bytes]) -> note.Signature:
        """Its signature, or its refusal."""
        said = self._ask({"ask": "sign", "body": body, "proof": [one.hex() for one in proof]})
        raw = base64.b64decode(said["signature"])
        return note.Signature(said["name"], bytes.fromhex(said["key_id"]), raw)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
                wire.settimeout(PATIENCE)
                wire.connect(str(self._path))
                wire.sendall(json.dumps(question).encode() + b"\n")
                with wire.makefile("rb") as reader:
                    said: dict[str, Any] = json.loads(reader.readline(LONGEST))
        except (OSError, ValueError) as error:
            raise SignerAway(f"no answer from the signer at {self._path}: {error}") from error
        if "refused" in said:
            raise SignerRefused(Fault(said["refused"]))
        return said


def answer(signer: Signer, line: bytes) -> dict[str, Any]:
    """What the signer says to one line; nonsense is refused, never a crash."""
    try:
        question = json.loads(line)
        match question["ask"]:
            case "public":
                return {"public": base64.b64encode(signer.public()).decode()}
            case "last":
                last = signer.last(str(question["origin"]))
                return {"size": last[0], "root": last[1].hex()} if last else {"size": None}
            case "sign":
                proof = [bytes.fromhex(one) for one in question["proof"]]
                made = signer.sign(str(question["body"]), proof)
                raw = base64.b64encode(made.signature).decode()
                return {"name": made.name, "key_id": made.key_id.hex(), "signature": raw}
    except SignerRefused as refused:
        return {"refused": refused.fault.value}
    except (ValueError, KeyError, TypeError):
        pass
    return {"refused": Fault.MALFORMED.value}


class _Handler(socketserver.StreamRequestHandler):
    timeout = PATIENCE

    def handle(self) -> None:
        server: Any = self.server
        said = answer(server.signer, self.rfile.readline(LONGEST))
        self.wfile.write(json.dumps(said).encode() + b"\n")


class SignerServer(socketserver.UnixStreamServer):
    """Serves a signer at a path, for the user and its group; one question at a time."""

    def __init__(self, path: Path, signer: Signer) -> None:
        self.signer = signer
        path.unlink(missing_ok=True)
        before = os.umask(0o117)
        try:
            super().__init__(str(path), _Handler)
        finally:
            os.umask(before)
