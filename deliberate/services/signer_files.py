"""An offline key: heads are carried to it in a file, and signatures carried back in another.

    {"format": "deliberate/unsigned/1", "heads": [{"body": text, "proof": [hex, …]}, …]}
    {"format": "deliberate/signed/1", "public": base64, "notes": [text, …], "refused": [{"body", "fault"}, …]}

Each proof leads from the head before it; the first from the last one that is signed in the store.
"""

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.ledger import note
from deliberate.models import LedgerHead

from . import ledger_heads
from .signing import Signer, SignerRefused

UNSIGNED, SIGNED = "deliberate/unsigned/1", "deliberate/signed/1"


class BadFile(Exception):
    """Not a file of that format."""


def unsigned(session: Session, community_id: int) -> str:
    """Every head that waits, with its proof."""
    before = ledger_heads.newest_signed(session, community_id)
    last = (before.size, bytes.fromhex(before.root)) if before else None
    heads = []
    for head in ledger_heads.unsigned(session, community_id):
        proof = ledger_heads.proof_for(session, head, last)
        heads.append({"body": head.body, "proof": [one.hex() for one in proof]})
        last = (head.size, bytes.fromhex(head.root))
    return json.dumps({"format": UNSIGNED, "heads": heads}, ensure_ascii=False, indent=1)


def sign(signer: Signer, text: str) -> tuple[str, int]:
    """The file to carry back, and how many heads were refused: none after the first refusal is signed."""
    notes: list[str] = []
    refused: list[dict[str, str]] = []
    for body, proof in _asked(text):
        try:
            notes.append(note.Note(body, (signer.sign(body, proof),)).text)
        except SignerRefused as error:
            refused.append({"body": body, "fault": error.fault.value})
            break
    public = base64.b64encode(signer.public()).decode()
    made = {"format": SIGNED, "public": public, "notes": notes, "refused": refused}
    return json.dumps(made, ensure_ascii=False, indent=1), len(refused)


def _asked(text: str) -> list[tuple[str, list[bytes]]]:
    """Texts of heads and their proofs."""
    try:
        return [
            (str(head["body"]), [bytes.fromhex(one) for one in head["proof"]])
            for head in _read(text, UNSIGNED)["heads"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile("a head has a body and a proof") from error


def keep(session: Session, text: str, *, now: datetime) -> int:
    """Keep the signatures of a file that came back; how many heads have one now. Again: the same."""
    said = _read(text, SIGNED)
    try:
        public = base64.b64decode(said["public"], validate=True)
        notes = [note.parse_note(one) for one in said["notes"]]
        for one in notes:
            found = session.scalars(select(LedgerHead.id).where(LedgerHead.body == one.body)).all()
            if not found:
                raise BadFile("a note is of no head in this store")
            for head_id in found:
                ledger_heads.keep_signature(session, head_id, one.signatures[0], public, now=now)
    except (KeyError, TypeError, binascii.Error, note.BadNote) as error:
        raise BadFile(str(error)) from error
    return len(notes)


def _read(text: str, wanted: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(text)
        if found["format"] != wanted:
            raise BadFile(f"this is no {wanted}")
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile(f"this is no {wanted}") from error
    return found
