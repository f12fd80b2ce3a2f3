"""Which tables are only added to, which keep every row; and the keys that REPLACE could act on."""

import re

from sqlalchemy import Column, Index, Table, UniqueConstraint

from ..base import Base
from .guard import Event, Guard

APPEND_ONLY = (
    "anchor",
    "completion",
    "consent",
    "consent_paper",
    "count_sheet",
    "count_signature",
    "declared_evidence",
    "duty",
    "evidence",
    "execution",
    "form_issue",
    "form_return",
    "head_signature",
    "household_change",
    "journal_entry",
    "ledger_batch",
    "ledger_head",
    "ledger_key",
    "ledger_leaf",
    "ledger_node",
    "ledger_opening",
    "ledger_place",
    "notice",
    "outcome_record",
    "plan_version",
    "proposal_version",
    "roll_certificate",
    "roll_entry",
    "round_extension",
    "settings_version",
    "stage_change",
    "server_epoch",
    "supersession",
    "tablet_decision",
    "tally_snapshot",
    "task_report",
    "visit",
)
"""Never changed, never deleted. (What retention may one day erase, it will be let erase by name.)"""

KEPT = (
    "account",
    "comment",
    "consent_round",
    "crew_suspension",
    "device",
    "device_enrolment",
    "discussion_round",
    "entry_standing",
    "evaluation",
    "household",
    "letter",
    "membership",
    "objection",
    "observer_key",
    "proposal",
    "role_grant",
    "tablet_record",
)
"""Changed by deeds, never deleted."""

_UPSERTED = {"entry_standing"}
"""Each write of it is judged by its content, so replacing a row is no more than changing it."""


def table_guards() -> list[Guard]:
    """Append-only, kept, and never replaced."""
    return [
        *(guard for table in APPEND_ONLY for guard in _append_only(table)),
        *(_kept(table) for table in KEPT),
        *(_not_replaced(table, "INSERT") for table in (*APPEND_ONLY, *KEPT) if table not in _UPSERTED),
        *(_not_replaced(table, "UPDATE") for table in KEPT if table not in _UPSERTED),
    ]


def _append_only(table: str) -> list[Guard]:
    says = "records are added, never changed or deleted"
    return [
        Guard(f"{table}_append_only", table, "UPDATE", "FALSE", says),
        Guard(f"{table}_append_only", table, "DELETE", "FALSE", says),
    ]


def _kept(table: str) -> Guard:
    return Guard(f"{table}_kept", table, "DELETE", "FALSE", "rows are ended, never deleted")


def _not_replaced(name: str, event: Event) -> Guard:
    """SQLite's REPLACE deletes whatever shares a key, and fires DELETE triggers only where told to."""
    table = Base.metadata.tables[name]
    other = "" if event == "INSERT" else f" AND kept.{_key(table)} <> OLD.{_key(table)}"
    must = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {name} kept WHERE {shared}{other})" for shared in _keys(table)
    )
    return Guard(f"{name}_not_replaced", name, event, must, "the key is taken", only="sqlite")


def _key(table: Table) -> str:
    (column,) = table.primary_key.columns
    return column.name


def _keys(table: Table) -> list[str]:
    """For each key of the table: that a row `kept` has it in common with NEW."""
    keys = [_shared([*table.primary_key.columns])]
    for constraint in sorted(table.constraints, key=lambda c: str(c.name)):
        if isinstance(constraint, UniqueConstraint):
            keys.append(_shared([*constraint.columns]))
    for index in sorted(table.indexes, key=lambda i: str(i.name)):
        if index.unique:
            keys.append(_shared([*index.columns]) + _where(table, index))
    return keys


def _shared(columns: list[Column[object]]) -> str:
    return " AND ".join(f"kept.{column.name} = NEW.{column.name}" for column in columns)


def _where(table: Table, index: Index) -> str:
    """The condition of a partial index, of both rows."""
    condition = index.dialect_options["sqlite"]["where"]
    if condition is None:
        return ""
    return "".join(f" AND ({_of(row, table, str(condition))})" for row in ("kept", "NEW"))


def _of(row: str, table: Table, condition: str) -> str:
    """The condition with its columns as those of `row`; quoted words stay as they are."""
    name = re.compile(rf"\b({'|'.join(column.name for column in table.columns)})\b")
    parts = condition.split("'")
    return "'".join(part if n % 2 else name.sub(rf"{row}.\1", part) for n, part in enumerate(parts))
