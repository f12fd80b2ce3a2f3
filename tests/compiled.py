"""SQL is compiled, and a QR code drawn, once in a test process, not once more for each test's store.

SQLAlchemy keeps what it compiled with an engine, for its dialect, and every test has engines of its own. Here each
engine takes over both from the first of its kind that has connected.
"""

from collections.abc import MutableMapping
from functools import cache
from typing import Any

import pytest
import segno
from argon2 import PasswordHasher
from sqlalchemy import Dialect, Engine, create_engine, event

from deliberate import db
from deliberate.services import passwords

ENOUGH = 5000
"""More statements than all tests of a process together have."""
_first: dict[str, tuple[Dialect, MutableMapping[Any, Any] | None]] = {}


def engine_of_tests(url: str, **options: Any) -> Engine:
    """An engine that knows what was compiled before it."""
    engine = create_engine(url, query_cache_size=ENOUGH, **options)
    kind = engine.url.drivername
    if kind in _first:
        engine.dialect, engine._compiled_cache = _first[kind]
    else:
        known = engine.dialect, engine._compiled_cache
        event.listen(engine, "connect", lambda *_: _first.setdefault(kind, known), once=True)
    return engine


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> None:
    """For every `Database` and every sheet that is made from here on."""
    db.create_engine = engine_of_tests  # type: ignore[attr-defined]
    segno.make = cache(segno.make)


DEAR, NOBODY = passwords._HASHER, passwords._NOBODY


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> None:
    """To keep and to ask for one is meant to take long; only tests of passwords wait for it."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._HASHER, passwords._NOBODY = cheap, cheap.hash("nobody's")


@pytest.fixture
def dear_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """As dear as in earnest."""
    monkeypatch.setattr(passwords, "_HASHER", DEAR)
    monkeypatch.setattr(passwords, "_NOBODY", NOBODY)
