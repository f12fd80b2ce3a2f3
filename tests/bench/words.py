"""What the two stores spell differently, and statements over whole tables that both understand."""

import hashlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Words:
    """What the two stores spell differently."""

    numbers: str
    hex16: str
    sha: str
    two: str
    now: Callable[[datetime], object]


SQLITE = Words(
    "WITH RECURSIVE k(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n + 1 < :number)",
    "lower(hex(randomblob(16)))",
    "sha256hex({0})",
    "printf('%02d', {0})",
    lambda at: at.strftime("%Y-%m-%d %H:%M:%S.%f"),
)
POSTGRES = Words(
    "WITH k(n) AS (SELECT generate_series(0, :number - 1))",
    "replace(CAST(gen_random_uuid() AS text), '-', '')",
    r"encode(sha256('\x00'::bytea || convert_to({0}, 'UTF8')), 'hex')",
    "lpad(CAST({0} AS text), 2, '0')",
    lambda at: at,
)


def say(what: str) -> None:
    """Progress of long work."""
    print(f"  {time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def prepare(connection: Connection, words: Words) -> None:
    if words is SQLITE:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.create_function("sha256hex", 1, lambda s: hashlib.sha256(b"\0" + s.encode()).hexdigest())


def run(connection: Connection, words: Words, sql: str, **values: object) -> None:
    known = {"numbers": words.numbers, "hex16": words.hex16}
    spelt = {name: f(words) for name, f in _SPELT.items()}
    fitting = {k: words.now(v) if isinstance(v, datetime) else v for k, v in values.items()}
    connection.execute(text(sql.format(**known, **spelt)), fitting)


_SPELT: dict[str, Callable[[Words], str]] = {
    "room": lambda w: w.two.format("n % 4 + 1"),
    "sha_of_leaf": lambda w: w.sha.format("c.leaf"),
}


def first(connection: Connection, table: str, community_id: int) -> int:
    found: int = connection.execute(
        text(f"SELECT min(id) FROM {table} WHERE community_id = :c"), {"c": community_id}
    ).scalar_one()
    return found
