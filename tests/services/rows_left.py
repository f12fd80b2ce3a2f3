"""Every row that recording leaves, without what chance or the order of writing gives it: for comparing two ways."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.models.base import Base

WRITTEN = (
    "tablet_record",
    "declared_evidence",
    "visit",
    "consent",
    "supersession",
    "consent_paper",
    "evidence",
    "entry_standing",
    "building_count",
    "day_count",
    "journal_entry",
    "inbox_message",
    "ledger_leaf",
    "ledger_opening",
    "door_change",
    "change_counter",
    "outgoing",
)
NAMED = {
    "consent": "request_id",
    "visit": "request_id",
    "tablet_record": "record_id",
    "ledger_leaf": "consent_id",
}
"""By what a row is known whatever its number: the number of a leaf follows from its consent."""
REFERS = {
    "consent_id": "consent",
    "superseded_id": "consent",
    "by_consent_id": "consent",
    "visit_id": "visit",
    "tablet_record_id": "tablet_record",
    "leaf_id": "ledger_leaf",
}
BY_CHANCE = {"id", "leaf", "leaf_hash"}


def left(session: Session) -> dict[str, list[str]]:
    """The rows of each table, in an order of their own."""
    tables = {name: Base.metadata.tables[name] for name in WRITTEN}
    rows = {name: [dict(row._mapping) for row in session.execute(select(t))] for name, t in tables.items()}
    known: dict[str, dict[Any, Any]] = {
        name: {row["id"]: row[by] for row in rows[name]} for name, by in NAMED.items()
    }
    known["ledger_leaf"] = {leaf: known["consent"].get(of) for leaf, of in known["ledger_leaf"].items()}
    known["leaf_hash"] = {row["leaf_hash"]: known["ledger_leaf"][row["id"]] for row in rows["ledger_leaf"]}
    return {name: sorted(_plain(name, row, known) for row in rows[name]) for name in WRITTEN}


def _plain(table: str, row: dict[str, Any], known: dict[str, dict[Any, Any]]) -> str:
    shown = {column: value for column, value in row.items() if column not in BY_CHANCE}
    for column in REFERS.keys() & shown.keys():
        shown[column] = known[REFERS[column]].get(shown[column])
    if table == "ledger_opening":
        said = {name: value for name, (_salt, value) in shown["openings"].items()}
        older = [known["leaf_hash"][one] for one in said.get("supersedes", "").split()]
        shown["openings"] = {**said, "supersedes": sorted(older)}
    if table == "journal_entry" and shown["subject"] in known:
        shown["subject_id"] = known[shown["subject"]].get(shown["subject_id"])
    return repr(sorted(shown.items()))
