"""What a connection of the application may do to SQLite at all: no change of tables, guards, pragmas or records.

SQLite asks while it prepares a statement. It holds for one connection; whoever owns the file owns the store.
"""

import sqlite3
from typing import Any

from .queues import KEPT_BY_THE_STORE
from .roles import EMPTIED, ERASED
from .tables import APPEND_ONLY

_DENIED = frozenset(
    {
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_ANALYZE,
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_INDEX,
        sqlite3.SQLITE_CREATE_TEMP_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
        sqlite3.SQLITE_CREATE_TEMP_VIEW,
        sqlite3.SQLITE_CREATE_TRIGGER,
        sqlite3.SQLITE_CREATE_VIEW,
        sqlite3.SQLITE_CREATE_VTABLE,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_DROP_INDEX,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_INDEX,
        sqlite3.SQLITE_DROP_TEMP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_TRIGGER,
        sqlite3.SQLITE_DROP_TEMP_VIEW,
        sqlite3.SQLITE_DROP_TRIGGER,
        sqlite3.SQLITE_DROP_VIEW,
        sqlite3.SQLITE_DROP_VTABLE,
        sqlite3.SQLITE_REINDEX,
    }
)
_ALWAYS = frozenset({sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION})
"""What reading consists of: nearly all that SQLite asks, hundreds of times for one statement."""
_WRITES = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
_CHANGES = frozenset({sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
_RECORDS = frozenset(APPEND_ONLY)
_SIDE = frozenset(ERASED)
_ASKING = frozenset(
    {
        "database_list",
        "foreign_key_check",
        "foreign_key_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "integrity_check",
        "quick_check",
        "table_info",
        "table_list",
        "table_xinfo",
        "wal_checkpoint",
    }
)
"""Pragmas that change nothing, whatever they are given."""
_TELLING = frozenset(
    {
        "application_id",
        "busy_timeout",
        "compile_options",
        "data_version",
        "encoding",
        "foreign_keys",
        "freelist_count",
        "journal_mode",
        "page_count",
        "page_size",
        "query_only",
        "recursive_triggers",
        "schema_version",
        "synchronous",
        "user_version",
    }
)
"""Pragmas that may be read, and set by nobody."""


def confine(connection: Any) -> None:
    """Hold the connection to reading and writing rows, from now on."""
    connection.set_authorizer(_allowed)


def _allowed(action: int, first: str | None, second: str | None, _base: Any, trigger: str | None) -> int:
    if action in _ALWAYS:
        return sqlite3.SQLITE_OK
    if action in _DENIED:
        return sqlite3.SQLITE_DENY
    if action in _WRITES and first is not None and first.startswith("sqlite_"):
        return sqlite3.SQLITE_DENY
    if action in _CHANGES and first in _RECORDS:
        return sqlite3.SQLITE_DENY
    if (action == sqlite3.SQLITE_DELETE and first in _SIDE) or (first, second) == EMPTIED:
        return sqlite3.SQLITE_DENY
    if action in _WRITES and first in KEPT_BY_THE_STORE and trigger is None:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and not _harmless((first or "").lower(), second):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _harmless(pragma: str, value: str | None) -> bool:
    return pragma in _ASKING or (pragma in _TELLING and value is None)
