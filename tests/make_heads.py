"""Builders for heads: what the worker does each minute, in one transaction."""

from pathlib import Path

from deliberate.db import Transaction
from deliberate.services import ledger_batches, ledger_heads
from deliberate.services.receipts import receipt_key
from deliberate.services.signing import KeySigner
from tests.make import Clock

ORIGIN = "deliberate.test"


def head(tx: Transaction, community_id: int, folder: Path, clock: Clock) -> None:
    """Everything that waits gets its place, and what is due a signed head."""
    signer = KeySigner(folder / "ledger_key", folder / "ledger_state")
    receipts = receipt_key(folder).public_key().public_bytes_raw()
    ledger_batches.place(tx.session, community_id, now=clock.at)
    ledger_heads.make_due(tx.session, community_id, origin=ORIGIN, receipts=receipts, now=clock.at)
    for one in ledger_heads.unsigned(tx.session, community_id):
        proof = ledger_heads.proof_for(tx.session, one, signer.last(one.body.partition("\n")[0]))
        signature = signer.sign(one.body, proof)
        ledger_heads.keep_signature(tx.session, one.id, signature, signer.public(), now=clock.at)
