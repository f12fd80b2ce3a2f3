"""Guards as SQLite's triggers: one per table, event and moment; its guards are asked in their order."""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection

from .guard import Guard
from .queues import of_sqlite

OURS = r"name LIKE 'guard\_%' ESCAPE '\'"


def remove(connection: Connection) -> None:
    """Drop whatever is named as ours."""
    found = connection.exec_driver_sql(
        f"SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view') AND {OURS} ORDER BY type"
    ).all()
    for kind, name in found:
        connection.exec_driver_sql(f'DROP {kind} "{name}"')


def install(connection: Connection, views: Mapping[str, str], groups: Mapping[str, Iterable[Guard]]) -> None:
    """Create views, then triggers."""
    for statement in _statements(views, groups):
        connection.exec_driver_sql(statement)


def _statements(views: Mapping[str, str], groups: Mapping[str, Iterable[Guard]]) -> Iterator[str]:
    for name, query in views.items():
        yield f"CREATE VIEW {name} AS {query}"
    for name, guards in groups.items():
        yield trigger(name, tuple(guards))
    yield from of_sqlite()


def astray(
    connection: Connection, views: Mapping[str, str], groups: Mapping[str, Iterable[Guard]]
) -> set[str]:
    """Names of those that are lacking, other than they should be, or none of today's."""
    wanted = {_plain(statement) for statement in _statements(views, groups)}
    rows = connection.exec_driver_sql(
        f"SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view') AND {OURS}"
    )
    return {statement.split(" ")[2] for statement in wanted ^ {_plain(sql) for sql in rows.scalars()}}


def _plain(statement: str) -> str:
    """However it is broken into lines."""
    return " ".join(statement.split())


def trigger(name: str, guards: tuple[Guard, ...]) -> str:
    """`RAISE(ABORT)` undoes the statement, whatever conflict clause it was given."""
    first = guards[0]
    asked = "\n".join(
        f"  SELECT RAISE(ABORT, '{g.text}') WHERE ({g.when}) AND ({g.must}) IS NOT TRUE;" for g in guards
    )
    moment = "AFTER" if first.after else "BEFORE"
    return f"CREATE TRIGGER {name} {moment} {first.on} ON {first.table} FOR EACH ROW BEGIN\n{asked}\nEND"


def present(connection: Connection) -> str:
    """The source of every trigger and view that is ours, as the store keeps it."""
    rows = connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE {OURS} ORDER BY name")
    return "\n".join(rows.scalars())
