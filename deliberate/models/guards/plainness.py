"""Guards that SQLite needs because its columns take any kind of value: a time is a time, a truth 0 or 1.

STRICT tables know no times, truths or JSON; so every column of every table that is guarded is asked for its kind
here, from the models.
"""

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Integer, LargeBinary, String, Table

from ..base import Base, UTCDateTime
from .guard import Event, Guard
from .tables import APPEND_ONLY, KEPT

_DAY = "????-??-??".replace("?", "[0-9]")
_MOMENT = "????-??-?? ??:??:??.??????".replace("?", "[0-9]")
_LISTS = {("consent_round", "rules"), ("plan_version", "rules")}


def _plain(table: Table, column: Column[object]) -> str:
    """That the value is of the column's kind, or absent where it may be."""
    kind, name = column.type, f'NEW."{column.name}"'
    if isinstance(kind, Boolean):
        must = f"typeof({name}) = 'integer' AND {name} IN (0, 1)"
    elif isinstance(kind, Integer):
        must = f"typeof({name}) = 'integer'"
    elif isinstance(kind, UTCDateTime | DateTime):
        must = f"typeof({name}) = 'text' AND {name} GLOB '{_MOMENT}'"
    elif isinstance(kind, Date):
        must = f"typeof({name}) = 'text' AND {name} GLOB '{_DAY}'"
    elif isinstance(kind, JSON):
        must = f"typeof({name}) = 'text' AND json_valid({name})"
        if (table.name, column.name) in _LISTS:
            must += f" AND json_type({name}) = 'array'"
    elif isinstance(kind, LargeBinary):
        must = f"typeof({name}) = 'blob'"
    elif isinstance(kind, String):
        must = f"typeof({name}) = 'text'"
    else:
        raise TypeError(f"{table.name}.{column.name}: no plain form is known for {kind!r}")
    return f"({name} IS NULL OR {must})" if column.nullable else f"({must})"


def _guard(name: str, event: Event) -> Guard:
    table = Base.metadata.tables[name]
    columns = [column for column in table.columns if column is not table.autoincrement_column]
    return Guard(
        f"{name}_written_plainly",
        name,
        event,
        " AND ".join(_plain(table, column) for column in columns),
        "times, numbers and truths as the tables hold them",
        only="sqlite",
    )


PLAIN_GUARDS = (
    *(_guard(name, "INSERT") for name in (*APPEND_ONLY, *KEPT)),
    *(_guard(name, "UPDATE") for name in KEPT),
)
