"""What is promised of heads holds on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deliberate.db import Database
from deliberate.domain.ledger import merkle, note
from deliberate.domain.ledger.head import HeadReason
from deliberate.domain.ledger.leaf import canonical
from deliberate.models import Community, CountSheet
from deliberate.queries import heads
from deliberate.queries.ledger_proofs import StoredTree
from tests import make, make_count
from tests.make import Clock
from tests.make_ledger import Keeper


@pytest.fixture
def store(migrated_url: str, clock: Clock) -> Iterator[Database]:
    made = Database(migrated_url, clock)
    yield made
    made.dispose()


@pytest.fixture
def keeper(store: Database, tmp_path: Path) -> Keeper:
    return Keeper(store, tmp_path)


@pytest.fixture
def community(store: Database) -> Community:
    with store.transaction() as tx:
        return make.community(tx.session)


def test_each_head_contains_the_one_before(keeper: Keeper, community: Community) -> None:
    for leaves in (1, 2, 7, 300, 1):
        keeper.grow(community.id, leaves)
    found = keeper.signed(community.id)
    assert [head.size for head in found] == [1, 3, 10, 310, 311]
    with keeper.store.reading() as session:
        tree = StoredTree(session, community.id)
        for old, new in pairwise(found):
            proof = tree.consistency(old.size, new.size)
            roots = bytes.fromhex(old.root), bytes.fromhex(new.root)
            assert merkle.verify_consistency(old.size, new.size, *roots, proof)


def test_opening_closing_and_outcome_have_heads_of_their_own(
    store: Database, keeper: Keeper, clock: Clock
) -> None:
    with store.transaction() as tx:
        at = make_count.answered(tx, 10, 9, 1)
    keeper.turn()
    with store.transaction() as tx:
        outcome = make_count.concluded(at, tx, clock)
    keeper.turn()
    keeper.turn()
    found = {head.why: note.parse_body(head.body) for head in keeper.written(at.community.id)}
    assert sorted(found) == ["closing", "final", "opening"]
    with store.reading() as session:
        sheet = session.query(CountSheet).filter_by(consent_round_id=at.round.id).one()
    name = f"{at.proposal.number}.{at.round.n}"
    opening, closing, final = (
        found[why].extensions[2:] for why in (HeadReason.OPENING, HeadReason.CLOSING, HeadReason.FINAL)
    )
    rules = sha256(canonical(at.round.rules).encode()).hexdigest()
    locked = (f"roll {at.round.roll_sha256} 10", f"rules {rules}", f"plan {at.plan.sha256}")
    assert opening == (f"opening {name}", *locked)
    assert closing == (f"closing {name}", f"sheet {sheet.sha256}")
    assert final == (f"final {name}", f"sheet {sheet.sha256}", f"outcome {outcome.outcome.value}")
    assert len(keeper.signed(at.community.id)) == 3


@pytest.mark.parametrize("role", ["head", "signature", "anchor", "key"])
def test_the_database_keeps_what_was_anchored(keeper: Keeper, community: Community, role: str) -> None:
    keeper.grow(community.id)
    table = {"head": "ledger_head", "signature": "head_signature", "anchor": "anchor", "key": "ledger_key"}
    for statement in (f"UPDATE {table[role]} SET id = id + 1", f"DELETE FROM {table[role]}"):
        refused = pytest.raises(DBAPIError, match=f"{table[role]}_append_only|not authorized|prohibited")
        with refused, keeper.store.transaction() as tx:
            tx.session.execute(text(statement))


def test_the_signer_away_leaves_heads_unsigned_and_all_else_works(
    store: Database, tmp_path: Path, community: Community, clock: Clock
) -> None:
    away = Keeper(store, tmp_path, {"signer": str(tmp_path / "nobody")})
    away.grow(community.id, 2)
    clock.forward(hours=30)
    away.grow(community.id, 2)
    assert (len(away.written(community.id)), away.signed(community.id)) == (2, [])
    assert "no answer from the signer" in away.said[0]
    with store.reading() as session:
        seen = heads.overview(session, community.id, clock())
    assert (seen.unsigned, seen.unsigned_since, seen.refused) == (2, make.START, False)
    back = Keeper(store, tmp_path)
    back.turn()
    assert [head.size for head in back.signed(community.id)] == [2, 4]
