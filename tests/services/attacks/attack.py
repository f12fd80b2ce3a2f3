"""An attack: statements in raw SQL, and the name of what refuses the last of them."""

from dataclasses import dataclass
from typing import Literal

Store = Literal["sqlite", "postgresql"]


@dataclass(frozen=True)
class Attack:
    """`refused` by a guard, or a constraint, whose name the store's refusal carries."""

    name: str
    refused: str
    sql: tuple[str, ...]
    on_postgres: str = ""
    """The name there, where a plain key does what SQLite needs a guard for."""
    only: Store | None = None
    tampered: tuple[str, ...] = ()
    """Done before by somebody with the file or the server, guards taken away: the recount still refuses."""


def attack(name: str, refused: str, *sql: str, on_postgres: str = "") -> Attack:
    """Statements and the name of what refuses the last of them."""
    return Attack(name, refused, sql, on_postgres)


def sqlite(name: str, refused: str, *sql: str) -> Attack:
    """An attack that only SQLite knows."""
    return Attack(name, refused, sql, only="sqlite")


def postgres(name: str, refused: str, *sql: str) -> Attack:
    """An attack that only PostgreSQL knows."""
    return Attack(name, refused, sql, only="postgresql")
