"""Guards: what the database itself refuses, whoever asks (DESIGN §4, rules 1 to 3, 5 to 8, 10 and 14).

One list for both stores; `install` sets it anew after every migration. They want deeds written in this order:
an extension before the deadline that it moves; a consent, then what it supersedes, then its standing; an
objection decided, or a form checked, before the consent that it voids or corrects; the leaf of a record before
its round closes; the outcome before the stage that follows from it.
"""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection, Dialect, inspect

from . import postgres, sqlite
from .clocks import CLOCK_GUARDS
from .consents import CONSENT_GUARDS
from .guard import Guard
from .ledger import LEDGER_GUARDS
from .outcomes import OUTCOME_GUARDS
from .plainness import PLAIN_GUARDS
from .retention import RETENTION_GUARDS
from .rounds import ROUND_GUARDS
from .spot_checks import CHECK_GUARDS
from .tables import APPEND_ONLY, KEPT, table_guards
from .tablets import TABLET_GUARDS
from .views import views


def guards(dialect: Dialect) -> list[Guard]:
    """Every guard of the store, those named for a reason before those that only keep the key."""
    every = (
        *PLAIN_GUARDS,
        *ROUND_GUARDS,
        *CONSENT_GUARDS,
        *OUTCOME_GUARDS,
        *CHECK_GUARDS,
        *LEDGER_GUARDS,
        *TABLET_GUARDS,
        *table_guards(),
        *CLOCK_GUARDS,
        *RETENTION_GUARDS,
    )
    return [guard for guard in every if guard.only in (None, dialect.name)]


def remove(connection: Connection) -> None:
    """Take all guards away, so that a migration can rebuild tables."""
    if _is_sqlite(connection):
        sqlite.remove(connection)
    else:
        postgres.remove(connection)


def install(connection: Connection) -> None:
    """Set all guards anew; a store that has no tables yet has nothing to guard."""
    remove(connection)
    if not inspect(connection).has_table("consent"):
        return
    groups = _groups(guards(connection.dialect))
    if _is_sqlite(connection):
        sqlite.install(connection, views(connection.dialect), groups)
    else:
        postgres.install(connection, views(connection.dialect), groups, (*APPEND_ONLY, *KEPT))


def astray(connection: Connection) -> list[str]:
    """Names of triggers, functions and views that are lacking, changed, or none of today's; none in a fit store."""
    groups, queries = _groups(guards(connection.dialect)), views(connection.dialect)
    if _is_sqlite(connection):
        return sorted(sqlite.astray(connection, queries, groups))
    return sorted(postgres.astray(connection, queries, groups, (*APPEND_ONLY, *KEPT)))


def present(connection: Connection) -> str:
    """The source of the guards that the store holds."""
    return sqlite.present(connection) if _is_sqlite(connection) else postgres.present(connection)


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _groups(every: list[Guard]) -> Mapping[str, list[Guard]]:
    """By trigger: table, moment and event."""
    found: dict[str, list[Guard]] = defaultdict(list)
    for guard in every:
        moment = "after" if guard.after else "before"
        found[f"guard_{guard.table}_{moment}_{guard.on.lower()}"].append(guard)
    return found
