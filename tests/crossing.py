"""Whether a statement stays within one community, as a store that is divided by community would ask.

Every table of a statement has to be *placed*: its community is named, or a key of one row that belongs to one community
(its own, or one that it refers to), or it is joined by such a key to a table that is placed. A statement over a table
that is not placed would be sent to every part of a divided store, and is read from end to end in one that is not.
`by_community` is the stricter rule of Citus: the community itself is named, or joined, for each table.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from deliberate.models import Base

TABLES = Base.metadata.tables
SHARED = {
    "account": "a person is one person in every community",
    "community": "the list of communities itself",
    "news_mail": "letters that are owed to a person, whatever community their news come from",
    "news_wish": "a person's address and how soon they want to be told",
    "server_epoch": "the life of the whole store",
    "throttle": "tries are counted by place and secret, before anybody knows the community",
    "worker_turn": "the worker's own",
}
"""Tables of the whole store, with the reason; a divided store keeps them everywhere (Citus: reference tables)."""
THROUGH = {"declared_evidence": "tablet_record_id"}
"""Tables that name their community through another one, by this column."""
OF_ONE = {
    "declared_evidence": {"sha256"},
    "evidence_upload": {"device_uuid"},
    "journal_entry": {"subject_id"},
    "tablet_record": {"about", "device_uuid"},
}
"""Columns that name one row of a community without being declared as references: of a device, a subject, a picture."""
OF_A_PERSON = {
    "inbox_message": "a person's messages are shown together",
    "membership": "an account belongs to homes in several communities, and is asked for all of them",
    "role_grant": "an account may serve in several communities",
}
"""Tables that are also asked by the account alone, with the reason: who somebody is does not depend on the page."""
_REFERENCE = re.compile(r"(?:\bFROM|\bJOIN|\bUPDATE|\bINTO|,)\s+(\w+)(?:\s+AS\s+(\w+))?")
_VALUE = r"(?:\?|%\(|:|\d|'|\(SELECT|\(\?|\(%|CAST\(|excluded\.)"
_FIXED = re.compile(rf"\b(?:(\w+)\.)?(\w+)\s+(?:=|IN)\s+{_VALUE}")
_JOINED = re.compile(r"\b(\w+)\.(\w+)\s+=\s+(\w+)\.(\w+)")


def keys(table: Table) -> set[str]:
    """Columns of which one value belongs to rows of one community only.

    A reference places a table only where an index begins with it: or the rows of all communities are looked through.
    """
    found = {"community_id"} & set(table.c.keys())
    found |= {column.name for column in table.primary_key.columns}
    leading = _leading(table)
    for column in table.columns:
        if any(reference.column.table.name not in SHARED for reference in column.foreign_keys):
            found |= {column.name} & leading
    alone = [key for key in table.constraints if isinstance(key, UniqueConstraint)]
    for key in (*alone, *(index for index in table.indexes if index.unique)):
        if len(key.columns) == 1:
            found.add(next(iter(key.columns)).name)
    return found | OF_ONE.get(table.name, set()) | ({"account_id"} if table.name in OF_A_PERSON else set())


def _leading(table: Table) -> set[str]:
    """First columns of what is found by an index."""
    unique = (key for key in table.constraints if isinstance(key, UniqueConstraint | PrimaryKeyConstraint))
    return {next(iter(key.columns)).name for key in (*unique, *table.indexes) if len(key.columns)}


@dataclass
class Statement:
    """One statement: its tables by the names that it gives them."""

    sql: str

    def __post_init__(self) -> None:
        self.tables = {
            match[2] or match[1]: match[1] for match in _REFERENCE.finditer(self.sql) if match[1] in TABLES
        }

    def unplaced(self, *, strictly: bool = False) -> list[str]:
        """Tables of communities that nothing in the statement places; `strictly` as Citus asks."""
        if self.sql.lstrip().startswith("INSERT"):
            return self._inserted(strictly)
        if re.search(r"\bWHERE 0 = 1\b", self.sql):
            return []  # asks for nothing at all
        wanted = {name: table for name, table in self.tables.items() if table not in SHARED}
        placed = {name for name, column in self._fixed() if self._places(name, column, strictly)}
        while (
            more := {one for one, *rest in self._joined() if self._follows(one, *rest, placed, strictly)}
            - placed
        ):
            placed |= more
        return sorted(table for name, table in wanted.items() if name not in placed)

    def _inserted(self, strictly: bool) -> list[str]:
        """A new row says where it belongs."""
        into = re.search(r"INTO (\w+) \(([^)]*)\)", self.sql)
        if into is None or into[1] in SHARED or into[1] not in TABLES:
            return []
        named = {name.strip().strip('"') for name in into[2].split(",")}
        through = {THROUGH[into[1]]} if into[1] in THROUGH and not strictly else {"community_id"}
        return [] if through <= named else [into[1]]

    def _fixed(self) -> Iterator[tuple[str, str]]:
        only = next(iter(self.tables)) if len(self.tables) == 1 else ""
        for match in _FIXED.finditer(self.sql):
            yield match[1] or only, match[2]

    def _joined(self) -> Iterator[tuple[str, str, str, str]]:
        for match in _JOINED.finditer(self.sql):
            yield match[1], match[2], match[3], match[4]
            yield match[3], match[4], match[1], match[2]

    def _places(self, name: str, column: str, strictly: bool) -> bool:
        if name not in self.tables or self.tables[name] in SHARED:
            return False
        return column == "community_id" if strictly else column in keys(TABLES[self.tables[name]])

    def _follows(
        self, name: str, column: str, other: str, its: str, placed: set[str], strictly: bool
    ) -> bool:
        """Joined by a key to what is placed; a subquery is judged where it stands."""
        if not self._places(name, column, strictly):
            return False
        if strictly:
            return other in placed and its == "community_id"
        return other in placed or other not in self.tables
