"""Attacks on the ledger: leaves without a record, records without a leaf, places, batches and heads of one's own."""

from tests.services.attacks.attack import attack, postgres, sqlite
from tests.services.statements import answer, close, insert, leaf, outcome, standing, supersedes

_NOW = "'2026-03-20 02:00:00.000000'"


def batch(n: str, first: str, size: str) -> str:
    """A batch of the community."""
    return insert(
        "ledger_batch",
        {
            "community_id": "{community}",
            "n": n,
            "first": first,
            "size": size,
            "frontier": "'[]'",
            "at": _NOW,
        },
    )


def place(of_leaf: str, position: str, of_batch: str, community: str = "{community}") -> str:
    """A place in the tree."""
    return insert(
        "ledger_place",
        {"leaf_id": of_leaf, "community_id": community, "position": position, "batch_id": of_batch},
    )


def head(size: str) -> str:
    """A head of the community's tree."""
    return insert(
        "ledger_head",
        {
            "community_id": "{community}",
            "size": size,
            "root": f"'{'e' * 64}'",
            "why": "'batch'",
            "body": "'made up'",
            "at": _NOW,
        },
    )


_LAST_LEAF = "(SELECT max(id) FROM ledger_leaf)"
_LAST_BATCH = "(SELECT max(id) FROM ledger_batch)"
_SIZE = "(SELECT max(size) FROM ledger_batch)"
_NEXT_BATCH = batch("1 + (SELECT max(n) FROM ledger_batch)", _SIZE, f"{_SIZE} + 1")
_OTHER = "INSERT INTO community (slug, name, telephone, created_at) VALUES ('other', 'b', '', '2026-03-01')"
_ELSEWHERE = "(SELECT id FROM community WHERE slug = 'other')"

LEDGER = (
    attack("a leaf rewritten", "ledger_leaf_append_only", "UPDATE ledger_leaf SET leaf = 'other'"),
    attack("a leaf taken out", "ledger_leaf_append_only", "DELETE FROM ledger_leaf WHERE id = {leaf}"),
    attack(
        "another answer opened",
        "ledger_opening_append_only",
        "UPDATE ledger_opening SET openings = '{{}}' WHERE leaf_id = {leaf}",
    ),
    attack("an opening withheld for ever", "ledger_opening_append_only", "DELETE FROM ledger_opening"),
    attack("leaves reordered", "ledger_place_append_only", "UPDATE ledger_place SET position = -position"),
    attack(
        "the last leaf dropped",
        "ledger_place_append_only",
        "DELETE FROM ledger_place WHERE position = (SELECT max(position) FROM ledger_place)",
    ),
    attack("a subtree exchanged", "ledger_node_append_only", f"UPDATE ledger_node SET hash = '{'f' * 64}'"),
    attack("a head exchanged", "ledger_head_append_only", f"UPDATE ledger_head SET root = '{'f' * 64}'"),
    attack("a head hidden", "ledger_head_append_only", "DELETE FROM ledger_head"),
    attack("a signature under a head removed", "head_signature_append_only", "DELETE FROM head_signature"),
    attack(
        "an anchor dated back", "anchor_append_only", "UPDATE anchor SET at = '2026-01-01 00:00:00.000000'"
    ),
    attack("a batch rewritten", "ledger_batch_append_only", "UPDATE ledger_batch SET frontier = '[]'"),
    sqlite(
        "a leaf replaced",
        "ledger_leaf_not_replaced",
        leaf(leaf_hash="(SELECT leaf_hash FROM ledger_leaf WHERE id = {leaf})").replace(
            "INSERT", "INSERT OR REPLACE", 1
        ),
    ),
    attack(
        "a second leaf for a record",
        "ledger_leaf_not_replaced",
        leaf(kind="'consent'", consent_id="{said}", consent_round_id="{open}"),
        on_postgres="uq_ledger_leaf_consent_id",
    ),
    sqlite(
        "an opening replaced",
        "ledger_opening_not_replaced",
        "INSERT OR REPLACE INTO ledger_opening (leaf_id, community_id, openings) "
        "VALUES ({leaf}, {community}, '{{}}')",
    ),
    attack("an unknown kind of leaf", "ck_ledger_leaf_kind", leaf(kind="'rumour'")),
    attack("a consent's leaf of no consent", "ck_ledger_leaf_consent_has_its_own", leaf(kind="'consent'")),
    attack(
        "a leaf of a consent of another round",
        "ledger_leaf_of_its_consent",
        answer("open_e6", "agree"),
        leaf(kind="'consent'", consent_id="(SELECT max(id) FROM consent)", consent_round_id="{counting}"),
    ),
    attack(
        "a leaf of another community's round",
        "ledger_leaf_of_its_round",
        _OTHER,
        leaf(community_id=_ELSEWHERE, consent_round_id="{open}"),
    ),
    attack(
        "an opening for another community's leaf",
        "ledger_opening_of_its_leaf",
        _OTHER,
        leaf(),
        f"INSERT INTO ledger_opening (leaf_id, community_id, openings) VALUES ({_LAST_LEAF}, {_ELSEWHERE}, '[]')",
    ),
    attack(
        "a round closed with an answer that left no leaf",
        "consent_round_closing_with_leaves",
        answer("counting_e5", "agree"),
        standing("counting_e5", "agree"),
        close("counting"),
    ),
    attack(
        "an outcome over a voiding that left no leaf",
        "outcome_with_leaves",
        answer("objected_e1", None, deed="'voiding'", reason="'不是本户'", recorded_by_id="{registrar}"),
        supersedes("objected", "forged"),
        "UPDATE entry_standing SET standing = 'invalid' WHERE roll_entry_id = {objected_e1}",
        "UPDATE objection SET finding = 'not_upheld', reply = '已核对', decided_by_id = {registrar}, "
        "decided_at = '2026-03-22 02:00:00.000000' WHERE id = {pending}",
        outcome("objected", "objected_sheet", "adopted"),
    ),
    attack("a batch in the middle", "ledger_batch_continues", batch("99", "0", "1")),
    attack(
        "a batch of its own number",
        "ledger_batch_continues",
        batch("99", _SIZE, f"{_SIZE} + 1"),
    ),
    attack(
        "a gap in the tree",
        "ledger_place_without_gap",
        leaf(),
        batch("1 + (SELECT max(n) FROM ledger_batch)", _SIZE, f"{_SIZE} + 2"),
        place(_LAST_LEAF, f"{_SIZE} - 1", _LAST_BATCH),
    ),
    attack(
        "a leaf slipped into no batch",
        "ledger_place_of_its_batch",
        leaf(),
        place(_LAST_LEAF, _SIZE, _LAST_BATCH),
    ),
    attack(
        "a place in another community's tree",
        "ledger_place_of_its_batch",
        _OTHER,
        leaf(),
        _NEXT_BATCH,
        place(_LAST_LEAF, "0", _LAST_BATCH, _ELSEWHERE),
    ),
    attack("a head of a tree that is not", "ledger_head_grows", head(f"{_SIZE} + 1")),
    attack("a head of a smaller tree", "ledger_head_grows", head(f"{_SIZE} - 1")),
    attack(
        "a signature under another community's head",
        "head_signature_of_its_head",
        _OTHER,
        "INSERT INTO head_signature (community_id, head_id, name, line, cosigner, at) "
        f"VALUES ({_ELSEWHERE}, {{head}}, 'a', 'b', FALSE, {_NOW})",
    ),
    attack(
        "an anchor of another community's head",
        "anchor_of_its_head",
        _OTHER,
        "INSERT INTO anchor (community_id, head_id, way, at, detail) "
        f"VALUES ({_ELSEWHERE}, {{head}}, 'mail', {_NOW}, '')",
    ),
    postgres("the ledger emptied", "ledger_leaf_never_emptied", "TRUNCATE ledger_leaf CASCADE"),
)
