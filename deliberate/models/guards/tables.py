"""Which tables are only added to, which keep every row; and the keys that REPLACE could act on."""

import re

from sqlalchemy import Column, Index, Table, UniqueConstraint

from deliberate.domain.ledger.leaf import PUBLIC

from ..base import Base
from .guard import Event, Guard
from .roles import ERASED, RETENTION, THINNED

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

_OVER = (
    "r.status = 'closed' "
    "AND r.closed_at + make_interval(years => CAST(r.periods->>'keep_years' AS integer)) < clock_timestamp()"
)
_KEPT_LONG_ENOUGH = (
    f"current_user = '{RETENTION}' AND EXISTS (SELECT 1 FROM consent c "
    f"JOIN consent_round r ON r.id = c.consent_round_id WHERE c.id = OLD.consent_id AND {_OVER})"
)
"""On PostgreSQL the retention role erases names and pictures when the time locked into the round is over."""
_OF_ITS_COMMUNITY = "SELECT 1 FROM consent_round r WHERE r.community_id = OLD.community_id"
_OF_NO_KEPT_ROUND = (
    f"current_user = '{RETENTION}' AND EXISTS ({_OF_ITS_COMMUNITY} AND {_OVER}) "
    f"AND NOT EXISTS ({_OF_ITS_COMMUNITY} AND r.opened_at <= OLD.at AND r.status <> 'dropped' "
    f"AND ({_OVER}) IS NOT TRUE)"
)
"""A picture of a stack may show a paper of any round that had opened: of all of these the time is over."""
_PUBLIC = ", ".join(f"'{name}'" for name in PUBLIC["consent"])
_THINNED = (
    f"current_user = '{RETENTION}' AND NEW.leaf_id = OLD.leaf_id AND NEW.community_id = OLD.community_id "
    "AND EXISTS (SELECT 1 FROM ledger_leaf l JOIN consent_round r ON r.id = l.consent_round_id "
    f"WHERE l.id = OLD.leaf_id AND l.kind = 'consent' AND {_OVER}) "
    "AND NOT EXISTS (SELECT 1 FROM json_each(NEW.openings) n "
    "WHERE CAST(n.value AS text) IS DISTINCT FROM CAST(OLD.openings->n.key AS text)) "
    f"AND NOT EXISTS (SELECT 1 FROM json_each(OLD.openings) o WHERE o.key IN ({_PUBLIC}) "
    "AND NEW.openings->o.key IS NULL)"
)
"""And it takes salts and values of personal fields away; nothing is put in, and what is public stays."""

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
"""Changed by deeds, never deleted."""

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
        *_never(table, "UPDATE", _THINNED if table == THINNED else None),
        *_never(table, "DELETE", _KEPT_LONG_ENOUGH if table in ERASED else None),
    ]


def _never(table: str, event: Event, but_for: str | None) -> list[Guard]:
    """Refused; on PostgreSQL but for retention, when its time has come."""
    name, says = f"{table}_append_only", "records are added, never changed or deleted"
    if but_for is None:
        return [Guard(name, table, event, "FALSE", says)]
    return [
        Guard(name, table, event, "FALSE", says, only="sqlite"),
        Guard(name, table, event, but_for, says, only="postgresql"),
    ]


def _kept(table: str) -> list[Guard]:
    """Never deleted; on PostgreSQL but for retention, when its time has come."""
    name, says = f"{table}_kept", "rows are ended, never deleted"
    if table not in ERASED:
        return [Guard(name, table, "DELETE", "FALSE", says)]
    return [
        Guard(name, table, "DELETE", "FALSE", says, only="sqlite"),
        Guard(name, table, "DELETE", _OF_NO_KEPT_ROUND, says, only="postgresql"),
    ]


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
