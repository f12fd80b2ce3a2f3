"""Guards of the ledger: a leaf for every consent, places without gaps, heads that only grow."""

from .guard import Guard, in_round

UNPROVED = (
    "(SELECT count(*) FROM consent c WHERE c.consent_round_id = {round}) > "
    "(SELECT count(*) FROM ledger_leaf l WHERE l.consent_round_id = {round} AND l.consent_id IS NOT NULL)"
)
"""Some record of the round left no leaf: each leaf is of a record of its own round, and no two of the same."""

_TREE = (
    "COALESCE((SELECT b.size FROM ledger_batch b WHERE b.community_id = NEW.community_id "
    "ORDER BY b.n DESC LIMIT 1), 0)"
)
"""How many leaves have their place: after the last batch, since each continues the one before."""
_OF_ITS_HEAD = (
    "EXISTS (SELECT 1 FROM ledger_head h WHERE h.id = NEW.head_id AND h.community_id = NEW.community_id)"
)

LEDGER_GUARDS = (
    # SQLite has no SHA-256; there the verifier finds it
    Guard(
        "ledger_leaf_hashed",
        "ledger_leaf",
        "INSERT",
        r"NEW.leaf_hash = encode(sha256('\x00'::bytea || convert_to(NEW.leaf, 'UTF8')), 'hex')",
        "a leaf stands under the hash of its text",
        only="postgresql",
    ),
    Guard(
        "consent_round_closing_with_leaves",
        "consent_round",
        "UPDATE",
        f"NOT {UNPROVED.format(round='OLD.id')}",
        "every record of a round has its leaf in the ledger before the round closes",
        when="OLD.status = 'counting' AND NEW.status = 'closed'",
    ),
    *(
        Guard(name, table, "INSERT", must, says, when=when)
        for name, table, when, must, says in (
            (
                "outcome_with_leaves",
                "outcome_record",
                "TRUE",
                f"NOT {UNPROVED.format(round='NEW.consent_round_id')}",
                "every record of a round has its leaf in the ledger before the outcome is on record",
            ),
            (
                "ledger_leaf_of_its_round",
                "ledger_leaf",
                "NEW.consent_round_id IS NOT NULL",
                in_round("r.community_id = NEW.community_id"),
                "a leaf is of a round of its community",
            ),
            (
                "ledger_leaf_of_its_consent",
                "ledger_leaf",
                "NEW.consent_id IS NOT NULL",
                "EXISTS (SELECT 1 FROM consent c WHERE c.id = NEW.consent_id "
                "AND c.consent_round_id = NEW.consent_round_id AND c.community_id = NEW.community_id)",
                "a leaf is of a consent of its round",
            ),
            (
                "ledger_opening_of_its_leaf",
                "ledger_opening",
                "TRUE",
                "EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.id = NEW.leaf_id "
                "AND l.community_id = NEW.community_id)",
                "an opening is of a leaf of its community",
            ),
            (
                "ledger_batch_continues",
                "ledger_batch",
                "TRUE",
                f"NEW.first = {_TREE} AND NEW.n = 1 + (SELECT COALESCE(max(b.n), 0) "
                "FROM ledger_batch b WHERE b.community_id = NEW.community_id)",
                "a batch begins where the tree ends",
            ),
            (
                "ledger_place_without_gap",
                "ledger_place",
                "TRUE",
                "NEW.position = 1 + (SELECT COALESCE(max(p.position), -1) FROM ledger_place p "
                "WHERE p.community_id = NEW.community_id)",
                "places follow one another without a gap",
            ),
            (
                "ledger_place_of_its_batch",
                "ledger_place",
                "TRUE",
                "EXISTS (SELECT 1 FROM ledger_batch b JOIN ledger_leaf l ON l.community_id = b.community_id "
                "WHERE b.id = NEW.batch_id AND l.id = NEW.leaf_id AND b.community_id = NEW.community_id "
                "AND b.first <= NEW.position AND NEW.position < b.size)",
                "a place is one of its batch, of the community of its leaf",
            ),
            (
                "ledger_head_grows",
                "ledger_head",
                "TRUE",
                f"NEW.size <= {_TREE} AND NEW.size >= (SELECT COALESCE(max(h.size), 0) FROM ledger_head h "
                "WHERE h.community_id = NEW.community_id)",
                "a head is of the tree as it is, and never of a smaller one than the head before it",
            ),
            (
                "head_signature_of_its_head",
                "head_signature",
                "TRUE",
                _OF_ITS_HEAD,
                "a signature is under a head of its community",
            ),
            ("anchor_of_its_head", "anchor", "TRUE", _OF_ITS_HEAD, "an anchor is of a head of its community"),
        )
    ),
)
