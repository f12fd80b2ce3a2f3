"""Guards as PostgreSQL's triggers: always enabled, their functions on a search path of their own.

A record of a round first takes the round's row FOR SHARE, so that no round closes between the question and
the commit. Owners of the tables can still take guards away: keeping that from the application is a matter
of its role.
"""

import re
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from .clocks import CLOCK
from .guard import Guard
from .queues import of_postgres

OF_A_ROUND = frozenset(
    {
        "consent",
        "count_sheet",
        "duty",
        "entry_standing",
        "execution",
        "form_check",
        "full_recheck",
        "outcome_record",
        "roll_certificate",
        "roll_entry",
        "roll_left_out",
        "round_extension",
        "spot_check",
        "spot_draw",
        "spot_sample",
        "spot_verdict",
        "spot_visit",
        "supersession",
    }
)


def remove(connection: Connection) -> None:
    """Drop whatever is named as ours in this schema; functions take their triggers along."""
    functions = connection.exec_driver_sql(
        "SELECT p.oid::regprocedure::text FROM pg_proc p "
        "WHERE p.pronamespace = current_schema()::regnamespace AND starts_with(p.proname, 'guard_')"
    ).scalars()
    views = connection.exec_driver_sql(
        r"SELECT quote_ident(viewname) FROM pg_views WHERE schemaname = current_schema() "
        "AND starts_with(viewname, 'guard_')"
    ).scalars()
    drops = [f"DROP FUNCTION {name} CASCADE" for name in functions]
    drops += [f"DROP VIEW IF EXISTS {name} CASCADE" for name in views]
    _run(connection, drops)


def install(
    connection: Connection,
    views: Mapping[str, str],
    groups: Mapping[str, Iterable[Guard]],
    never_emptied: Iterable[str],
) -> None:
    """Create views, then functions and triggers, then those against TRUNCATE."""
    _run(connection, _statements(_schema(connection), views, groups, never_emptied))


def _schema(connection: Connection) -> str:
    schema: str = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    return schema


def _statements(
    schema: str, views: Mapping[str, str], groups: Mapping[str, Iterable[Guard]], never_emptied: Iterable[str]
) -> list[str]:
    made = [CLOCK, *(f"CREATE VIEW {name} AS {query}" for name, query in views.items())]
    for name, guards in groups.items():
        made += _trigger(name, schema, tuple(guards))
    for table in never_emptied:
        made += _truncate(table, schema)
    return [*made, *of_postgres(schema)]


def astray(
    connection: Connection,
    views: Mapping[str, str],
    groups: Mapping[str, Iterable[Guard]],
    never_emptied: Iterable[str],
) -> set[str]:
    """Names of those that are lacking, other than they should be, or none of today's.

    Of functions the server keeps the body as it was written; triggers it writes anew in its own words, and of views
    only the name is compared.
    """
    made = _statements(_schema(connection), views, groups, never_emptied)
    wanted = {found for statement in made if (found := _essence(statement))}
    rows = connection.exec_driver_sql(_THERE).all()
    there = {(kind, name, _TRIGGER_WHEN.sub(" ", _plain(said))) for kind, name, said in rows}
    return {name for _, name, _ in wanted ^ there}


_ESSENCES = (
    ("function", re.compile(r"\s*CREATE FUNCTION (\w+)\(.*?\$guard\$(.*)\$guard\$\s*", re.DOTALL)),
    ("trigger", re.compile(r"CREATE TRIGGER (\w+) (.*)", re.DOTALL)),
    ("view", re.compile(r"CREATE VIEW (\w+)()", re.DOTALL)),
)
_TRIGGER_WHEN = re.compile(r" WHEN \(.*\) (?=EXECUTE FUNCTION)")
_THERE = r"""
SELECT 'function', proname, prosrc FROM pg_proc
  WHERE pronamespace = current_schema()::regnamespace AND starts_with(proname, 'guard_')
UNION ALL
SELECT 'trigger', t.tgname, regexp_replace(pg_get_triggerdef(t.oid, true), '^CREATE TRIGGER \w+ ', '')
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE c.relnamespace = current_schema()::regnamespace AND starts_with(t.tgname, 'guard_') AND t.tgenabled = 'A'
UNION ALL
SELECT 'view', viewname, '' FROM pg_views
  WHERE schemaname = current_schema() AND starts_with(viewname, 'guard_')
"""


def _essence(statement: str) -> tuple[str, str, str] | None:
    """Kind, name, and what must be the same of what the statement makes; None where it makes nothing."""
    for kind, written in _ESSENCES:
        if found := written.match(statement):
            return kind, found[1], _TRIGGER_WHEN.sub(" ", _plain(found[2]))
    return None


def _plain(text: str) -> str:
    return " ".join(text.split())


def _run(connection: Connection, statements: list[str]) -> None:
    """All in one go: there are some two hundred."""
    if statements:
        connection.execution_options(no_parameters=True).exec_driver_sql(";\n".join(statements))


def _trigger(name: str, schema: str, guards: tuple[Guard, ...]) -> list[str]:
    first = guards[0]
    moment = "AFTER" if first.after else "BEFORE"
    lock = ""
    if first.table in OF_A_ROUND and first.on != "DELETE" and not first.after:
        lock = "  PERFORM 1 FROM consent_round WHERE id = NEW.consent_round_id FOR SHARE;\n"
    asked = "\n".join(
        f"  IF ({g.when}) AND ({g.must}) IS NOT TRUE THEN {_raise(g.name, g.text)} END IF;" for g in guards
    )
    answer = "RETURN OLD;" if first.on == "DELETE" else "RETURN NEW;"
    return [
        _function(name, schema, f"{lock}{asked}\n  {answer}"),
        f"CREATE TRIGGER {name} {moment} {first.on} ON {first.table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        f"ALTER TABLE {first.table} ENABLE ALWAYS TRIGGER {name}",
    ]


def _truncate(table: str, schema: str) -> list[str]:
    name = f"guard_{table}_truncate"
    text = f"{table}_never_emptied: rows are kept"
    return [
        _function(name, schema, "  " + _raise(f"{table}_never_emptied", text)),
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]


def _function(name: str, schema: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = {schema}, pg_temp SET jit = off AS $guard$ BEGIN\n{body}\nEND $guard$"
    )


def _raise(name: str, text: str) -> str:
    return f"RAISE EXCEPTION '{text}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"


def present(connection: Connection) -> str:
    """The source of every function whose trigger is always enabled, and of every view that is ours."""
    triggers = connection.exec_driver_sql(
        "SELECT pg_get_triggerdef(t.oid) || ' ' || pg_get_functiondef(t.tgfoid) FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = current_schema()::regnamespace "
        "AND starts_with(t.tgname, 'guard_') AND t.tgenabled = 'A' ORDER BY t.tgname"
    ).scalars()
    views = connection.exec_driver_sql(
        "SELECT viewname || definition FROM pg_views WHERE schemaname = current_schema() "
        "AND starts_with(viewname, 'guard_') ORDER BY viewname"
    ).scalars()
    return "\n".join([*triggers, *views])
