"""Which tables are only added to, which keep every row; and the keys that REPLACE could act on."""

import re
from collections.abc import Mapping

from sqlalchemy import Column, Index, Table, UniqueConstraint

from ..base import Base
from .guard import Event, Guard, Store
from .retention import KEPT_LONG_ENOUGH, ONLY_THINNED, of_no_kept_round
from .roles import ERASED, THINNED

APPEND_ONLY = (
    "anchor",
    "completion",
    "consent",
    "consent_paper",
    "count_sheet",
    "count_signature",
    "declared_evidence",
    "duty",
    "evening_count",
    "evidence",
    "execution",
    "form_check",
    "form_issue",
    "form_return",
    "full_recheck",
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
    "notice_posting",
    "outcome_record",
    "own_check",
    "plan_translation",
    "plan_version",
    "proposal_version",
    "roll_certificate",
    "roll_entry",
    "round_extension",
    "settings_version",
    "spot_assignment",
    "spot_check",
    "spot_draw",
    "spot_sample",
    "spot_verdict",
    "spot_visit",
    "stage_change",
    "server_epoch",
    "supersession",
    "suspended_consent",
    "suspension_check",
    "tablet_decision",
    "tally_snapshot",
    "task_report",
    "visit",
)
"""Never changed, never deleted; but for `ERASED`."""

KEPT = (
    "account",
    "comment",
    "consent_round",
    "contact",
    "crew_suspension",
    "device",
    "device_enrolment",
    "discussion_round",
    "entry_standing",
    "evaluation",
    "evidence_upload",
    "household",
    "letter",
    "membership",
    "objection",
    "observer_key",
    "plan_recording",
    "proposal",
    "role_grant",
    "stack_picture",
    "tablet_record",
)
"""Changed by deeds, never deleted; but for `ERASED`."""

_UPSERTED = {"entry_standing"}
"""Each write of it is judged by its content, so replacing a row is no more than changing it."""


def table_guards() -> list[Guard]:
    """Append-only, kept, and never replaced."""
    return [
        *(guard for table in APPEND_ONLY for guard in _append_only(table)),
        *(guard for table in KEPT for guard in _kept(table)),
        *(_not_replaced(table, "INSERT") for table in (*APPEND_ONLY, *KEPT) if table not in _UPSERTED),
        *(_not_replaced(table, "UPDATE") for table in KEPT if table not in _UPSERTED),
    ]


def _append_only(table: str) -> list[Guard]:
    return [
        *_never(table, "UPDATE", ONLY_THINNED if table == THINNED else None),
        *_never(table, "DELETE", KEPT_LONG_ENOUGH if table in ERASED else None),
    ]


def _never(table: str, event: Event, but_for: Mapping[Store, str] | None) -> list[Guard]:
    """Refused; but for retention, when its time has come."""
    return _refused(
        f"{table}_append_only", table, event, "records are added, never changed or deleted", but_for
    )


def _kept(table: str) -> list[Guard]:
    """Never deleted; but for retention, when its time has come."""
    but_for = of_no_kept_round("at") if table in ERASED else None
    return _refused(f"{table}_kept", table, "DELETE", "rows are ended, never deleted", but_for)


def _refused(
    name: str, table: str, event: Event, says: str, but_for: Mapping[Store, str] | None
) -> list[Guard]:
    if but_for is None:
        return [Guard(name, table, event, "FALSE", says)]
    return [Guard(name, table, event, must, says, only=store) for store, must in but_for.items()]


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
