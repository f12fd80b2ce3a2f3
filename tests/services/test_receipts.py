"""Receipts: a promise that holds its signer to a record and a day, and a file that proves it alone."""

import json
from base64 import b64decode
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine

from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer
from deliberate.domain.ledger.head import HeadReason
from deliberate.domain.ledger.leaf import PUBLIC, Opening, moment, opens
from deliberate.domain.ledger.merkle import leaf_hash, verify_inclusion
from deliberate.domain.ledger.note import BadNote, Checkpoint, Key, body, parse_body, sign_note, verify_note
from deliberate.models import HeadSignature, LedgerHead, LedgerLeaf
from deliberate.models.guards import install, remove
from deliberate.queries import ledger_leaves
from deliberate.queries.ledger_proofs import StoredTree
from deliberate.services.ledger_batches import place
from deliberate.services.receipts import (
    origin,
    promise_of,
    public_key,
    receipt_file,
    receipt_key,
)
from tests.domain.test_ledger_note import verify
from tests.make_round import OpenRound, open_round, say, the_record

Begin = Callable[[], AbstractContextManager[Transaction]]
ORIGIN = origin("deliberate.local", "zhonghuaxiang")
SIGNS = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
LOG = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
LOG_KEY = Key(ORIGIN, LOG.public_key().public_bytes_raw())


def answered(tx: Transaction) -> tuple[OpenRound, LedgerLeaf]:
    """An open round, and the leaf of one answer."""
    at = open_round(tx.session, 12, now=tx.now)
    code = say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
    leaf = ledger_leaves.leaf_of_consent(tx.session, the_record(tx.session, code).id)
    assert leaf is not None
    return at, leaf


def head(tx: Transaction, community_id: int) -> LedgerHead:
    """A signed head of the tree as it stands."""
    tree = StoredTree(tx.session, community_id)
    text = body(Checkpoint(ORIGIN, tree.size, tree.root(tree.size)))
    made = LedgerHead(
        community_id=community_id,
        size=tree.size,
        root=tree.root(tree.size).hex(),
        why=HeadReason.BATCH,
        body=text,
        at=tx.now,
    )
    tx.session.add(made)
    tx.session.flush()
    line = sign_note(text, LOG_KEY.name, LOG_KEY.public, LOG.sign)
    tx.session.add(
        HeadSignature(community_id=community_id, head_id=made.id, name=line.name, line=line.line, at=tx.now)
    )
    tx.session.flush()
    return made


def test_a_promise_names_the_leaf_and_the_last_day(transaction: Begin) -> None:
    with transaction() as tx:
        at, leaf = answered(tx)
        text = promise_of(tx.session, leaf, ORIGIN, SIGNS)
        assert text == promise_of(tx.session, leaf, ORIGIN, SIGNS)
        key = public_key(ORIGIN, SIGNS)
        said = verify_note(text, [key], verify)
        assert at.round.settle_until is not None
        by = moment(at.round.settle_until + timedelta(days=1))
        assert said.body == f"{ORIGIN}\npromise 1\n{leaf.leaf_hash}\nby {by}\n"
        with pytest.raises(BadNote):
            verify_note(text.replace(leaf.leaf_hash, "0" * 64), [key], verify)
        with pytest.raises(BadNote):
            verify_note(text, [public_key(ORIGIN, LOG)], verify)


def test_a_receipt_opens_its_leaf_before_it_has_a_place(transaction: Begin) -> None:
    with transaction() as tx:
        _, leaf = answered(tx)
        kept = json.loads(json.dumps(receipt_file(tx.session, leaf.id, ORIGIN, SIGNS)))
        assert kept.keys() == {"format", "origin", "leaf", "openings", "promise"}
        assert kept["format"] == "deliberate/receipt/1"
        shown = {
            name: value
            for name, (salt, value) in kept["openings"].items()
            if opens(kept["leaf"], Opening(name, b64decode(salt), value))
        }
        assert shown["answer"] == "agree"
        assert set(PUBLIC["consent"]) < set(shown)


def proved(kept: dict[str, object]) -> bool:
    """What the household checks with the file alone and the key of the log."""
    note = verify_note(str(kept["head"]), [LOG_KEY], verify)
    checkpoint = parse_body(note.body)
    proof = kept["proof"]
    position = kept["position"]
    assert isinstance(proof, list)
    assert isinstance(position, int)
    assert kept["size"] == checkpoint.size
    return verify_inclusion(
        position,
        checkpoint.size,
        leaf_hash(str(kept["leaf"]).encode()),
        [bytes.fromhex(one) for one in proof],
        checkpoint.root,
    )


def test_the_batch_adds_the_place_and_a_signed_head_its_proof(transaction: Begin) -> None:
    with transaction() as tx:
        at, leaf = answered(tx)
        place(tx.session, at.community.id, now=at.round.settle_until or tx.now)
        unsigned = receipt_file(tx.session, leaf.id, ORIGIN, SIGNS)
        assert "head" not in unsigned
        assert unsigned["size"] == StoredTree(tx.session, at.community.id).size
        head(tx, at.community.id)
        kept = receipt_file(tx.session, leaf.id, ORIGIN, SIGNS)
        assert proved(kept)
        assert not proved(kept | {"leaf": str(kept["leaf"]).replace("a", "b")})


def test_erasing_what_opens_a_leaf_leaves_its_proofs_valid(database: Database, transaction: Begin) -> None:
    with transaction() as tx:
        at, leaf = answered(tx)
        place(tx.session, at.community.id, now=at.round.settle_until or tx.now)
        head(tx, at.community.id)
    owner = create_engine(database.url)
    with owner.begin() as connection:
        remove(connection)
        connection.exec_driver_sql(f"DELETE FROM ledger_opening WHERE leaf_id = {leaf.id}")
        install(connection)
    owner.dispose()
    with transaction() as tx:
        kept = receipt_file(tx.session, leaf.id, ORIGIN, SIGNS)
        assert kept["openings"] == {}
        assert "agree" not in json.dumps(kept)
        assert proved(kept)


def test_the_key_is_made_once_and_for_its_user_alone(tmp_path: Path) -> None:
    made = receipt_key(tmp_path)
    assert receipt_key(tmp_path).private_bytes_raw() == made.private_bytes_raw()
    assert (tmp_path / "receipt_key").stat().st_mode & 0o777 == 0o600
    other = tmp_path / "other"
    other.mkdir()
    assert receipt_key(other).private_bytes_raw() != made.private_bytes_raw()
