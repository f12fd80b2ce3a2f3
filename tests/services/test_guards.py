"""What the database itself refuses: every attack for its reason, on both stores.

An attack is one transaction that is rolled back, so that the next one finds the world as it was; those that need the
store tampered with first, and lawful deeds, have a fresh copy.
"""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.exc import DBAPIError

from deliberate.db import Database
from deliberate.fitness import NotGuarded, refuse_unguarded
from deliberate.migrate import upgrade
from deliberate.models.guards import astray, guards, install, present, remove
from deliberate.models.guards.clocks import CLOCK_GUARDS
from deliberate.models.guards.retention import RETENTION_GUARDS
from deliberate.models.guards.tables import APPEND_ONLY
from tests.postgres import PostgresServer
from tests.services.attacks import ATTACKS, Attack
from tests.services.attacks.around import NOT_ALLOWED
from tests.services.guarded_world import build
from tests.services.lawful import LAWFUL
from tests.store import STORES, migrated

Names = dict[str, int | str]
World = tuple[Database, Names]
CHANGES_A_RECORD = re.compile(
    rf"^(UPDATE|DELETE FROM) ({'|'.join(APPEND_ONLY)})\b|^INSERT INTO ({'|'.join(APPEND_ONLY)})\b.* DO UPDATE"
)
"""On SQLite the application's connection may not prepare such a statement at all."""
DIALECTS = {"sqlite": SQLiteDialect(), "postgresql": PGDialect()}


@pytest.fixture(scope="module")
def sqlite_world(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Names]:
    path = tmp_path_factory.mktemp("guarded") / "world.db"
    shutil.copyfile(empty_store, path)
    return path, build(f"sqlite:///{path}")


@pytest.fixture(scope="module")
def postgres_world(postgres_server: PostgresServer) -> tuple[str, Names]:
    built: list[Names] = []
    fill = lambda url: built.append(build(url))  # noqa: E731
    name = postgres_server.template("guarded_world", fill, migrated(postgres_server))
    return name, built[0]


@pytest.fixture(scope="module")
def lasting() -> Iterator[dict[str, World]]:
    """The worlds themselves, opened as they are asked for."""
    opened: dict[str, World] = {}
    yield opened
    for database, _ in opened.values():
        database.dispose()


@pytest.fixture
def untouched(
    request: pytest.FixtureRequest, lasting: dict[str, World], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], World]:
    """`untouched("sqlite")`: a world that stays as it is, for what is rolled back."""

    def world(store: str) -> World:
        kind = "sqlite" if store == "sqlite" else "postgres"
        if kind not in lasting:
            lasting[kind] = _copied(request, kind, tmp_path_factory.mktemp("lasting"))
        return lasting[kind]

    return world


@pytest.fixture
def copied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], World]]:
    """`copied("sqlite")`: a world of this test's own."""
    with contextlib.ExitStack() as opened:

        def world(store: str) -> World:
            database, names = _copied(request, store, tmp_path)
            opened.callback(database.dispose)
            return database, names

        yield world


def _copied(request: pytest.FixtureRequest, store: str, folder: Path) -> World:
    """A copy of the world, and the application's own way to it."""
    if store == "sqlite":
        path, names = request.getfixturevalue("sqlite_world")
        shutil.copy(path, folder / "copy.db")
        return Database(f"sqlite:///{folder / 'copy.db'}"), names
    server: PostgresServer = request.getfixturevalue("postgres_server")
    template, names = request.getfixturevalue("postgres_world")
    return Database(server.url(server.create(template))), names


def run(connection: Connection, statement: str, names: Names) -> None:
    """As written, no character of it meaning a parameter."""
    connection.execution_options(no_parameters=True).exec_driver_sql(statement.format_map(names))


def tamper(url: str, statements: tuple[str, ...], names: Names) -> None:
    """Change the store as its owner could, and set the guards again."""
    engine = create_engine(url)
    with engine.begin() as connection:
        remove(connection)
        for statement in statements:
            run(connection, statement, names)
        install(connection)
    engine.dispose()


def cases(store: str) -> list[object]:
    """The attacks that the store knows, by name; those on PostgreSQL need it."""
    marks = [pytest.mark.postgres] if store == "postgresql" else []
    return [
        pytest.param(store, attack, id=f"{store}-{attack.name.replace(' ', '-')}", marks=marks)
        for attack in ATTACKS
        if attack.only in (None, store)
    ]


def refusal(engine: Engine, names: Names, attack: Attack) -> str:
    """What the store says to the last statement of the attack; all before it go through."""
    with engine.begin() as connection:
        for statement in attack.sql[:-1]:
            run(connection, statement, names)
        with pytest.raises(DBAPIError) as refused:
            run(connection, attack.sql[-1], names)
        connection.rollback()
    return str(refused.value.orig)


@pytest.mark.parametrize(("store", "attack"), [*cases("sqlite"), *cases("postgresql")])
def test_attack_is_refused_for_its_reason(
    untouched: Callable[[str], World], copied: Callable[[str], World], store: str, attack: Attack
) -> None:
    database, names = copied(store) if attack.tampered else untouched(store)
    if attack.tampered:
        tamper(database.url, attack.tampered, names)
    expected = attack.on_postgres if attack.on_postgres and store == "postgresql" else attack.refused
    if store == "sqlite" and CHANGES_A_RECORD.search(attack.sql[-1]):
        expected = NOT_ALLOWED
    assert expected in refusal(database.writing, names, attack)


@pytest.fixture(scope="module")
def file_of_another(sqlite_world: tuple[Path, Names]) -> Iterator[tuple[Engine, Names]]:
    """The file of the store, as any other program opens it."""
    path, names = sqlite_world
    shutil.copy(path, path.with_name("another.db"))
    engine = create_engine(f"sqlite:///{path.with_name('another.db')}")
    yield engine, names
    engine.dispose()


@pytest.mark.parametrize(
    "attack",
    [a for a in ATTACKS if a.only != "postgresql" and CHANGES_A_RECORD.search(a.sql[-1])],
    ids=lambda attack: attack.name.replace(" ", "-"),
)
def test_another_program_with_the_file_meets_the_guards_in_it(
    file_of_another: tuple[Engine, Names], attack: Attack
) -> None:
    """What the application's connection may not even ask, the file itself refuses too."""
    assert attack.refused in refusal(*file_of_another, attack)


def test_there_are_attacks_enough_on_both_stores_and_each_has_its_own_name() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert all(sum(attack.only in (None, store) for attack in ATTACKS) >= 60 for store in DIALECTS)


@pytest.mark.parametrize("store", DIALECTS)
def test_every_guard_has_an_attack_that_it_refuses(store: str) -> None:
    """But for those made by the list of tables, of which some stand for all, and of what test_roles.py asks."""
    refusing = {
        attack.on_postgres if attack.on_postgres and store == "postgresql" else attack.refused
        for attack in ATTACKS
        if attack.only in (None, store)
    }
    by_list = re.compile(r"_(append_only|kept|not_replaced|never_emptied|written_plainly)$")
    elsewhere = {guard.name for guard in (*CLOCK_GUARDS, *RETENTION_GUARDS)}
    named = {guard.name for guard in guards(DIALECTS[store]) if not by_list.search(guard.name)} - elsewhere
    assert named - refusing == set()


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("deed", LAWFUL, ids=lambda deed: deed.replace(" ", "-"))
def test_lawful_deed_goes_through(
    copied: Callable[[str], World], untouched: Callable[[str], World], store: str, deed: str
) -> None:
    """To its commit, or as far as PostgreSQL asks at the commit: a copy of a database is dear there."""
    database, names = copied(store) if store == "sqlite" else untouched(store)
    with database.writing.begin() as connection:
        for statement in LAWFUL[deed]:
            run(connection, statement, names)
        if store == "postgres":
            connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
            connection.rollback()


def test_every_guard_is_there_after_a_migration_and_comes_back(store_url: str) -> None:
    upgrade(store_url)
    engine = create_engine(store_url)
    with engine.begin() as connection:
        source = present(connection)
        missing = [g.name for g in guards(connection.dialect) if f"'{g.text}'" not in source]
        assert missing == []
        remove(connection)
        assert present(connection) == ""
        install(connection)
        install(connection)
        assert present(connection) == source
    engine.dispose()


DAMAGE = {
    "sqlite": (
        "DROP TRIGGER guard_consent_before_update",
        "DROP VIEW guard_head",
        "CREATE VIEW guard_head AS SELECT 1",
        "CREATE VIEW guard_of_nobody AS SELECT 1",
    ),
    "postgresql": (
        "ALTER TABLE consent DISABLE TRIGGER guard_consent_before_update",
        "CREATE OR REPLACE FUNCTION guard_clock(moment timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE VIEW guard_of_nobody AS SELECT 1",
    ),
}


def test_guards_that_are_lost_or_changed_are_named_and_set_anew(store_url: str) -> None:
    upgrade(store_url)
    engine = create_engine(store_url)
    with engine.begin() as connection:
        assert astray(connection) == []
        for statement in DAMAGE[connection.dialect.name]:
            connection.exec_driver_sql(statement)
        changed = {"sqlite": "guard_head", "postgresql": "guard_clock"}[connection.dialect.name]
        assert astray(connection) == sorted([changed, "guard_consent_before_update", "guard_of_nobody"])
    with pytest.raises(NotGuarded, match="3 of the store's guards"):
        refuse_unguarded(store_url)
    upgrade(store_url)
    refuse_unguarded(store_url)
    engine.dispose()


def _identities(url: str) -> object:
    """What changes when anything is set anew."""
    if url.startswith("sqlite"):
        return Path(url.removeprefix("sqlite:///")).read_bytes()
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT oid, xmin::text FROM pg_trigger ORDER BY oid").all()
    engine.dispose()
    return found


def test_a_store_of_today_is_left_as_it_is(store_url: str) -> None:
    upgrade(store_url)
    before = _identities(store_url)
    upgrade(store_url)
    assert _identities(store_url) == before


def test_a_migration_that_breaks_half_way_leaves_the_store_as_it_was(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(store_url)
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(DAMAGE[connection.dialect.name][0])
        before = present(connection)
    monkeypatch.setattr("deliberate.models.guards.install", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        upgrade(store_url)
    with engine.connect() as connection:
        assert present(connection) == before != ""
    engine.dispose()


def test_a_migration_that_would_orphan_records_is_taken_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    upgrade(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER guard_consent_before_update")
        connection.exec_driver_sql("INSERT INTO grid (community_id, name) VALUES (7, 'a')")
        before = present(connection)
    with pytest.raises(RuntimeError, match="without their parents"):
        upgrade(url)
    with engine.connect() as connection:
        assert present(connection) == before
    engine.dispose()


def test_triggers_of_postgres_are_always_enabled(postgres_url: str) -> None:
    upgrade(postgres_url)
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        enabled = connection.exec_driver_sql(
            "SELECT tgenabled, count(*) FROM pg_trigger WHERE NOT tgisinternal GROUP BY tgenabled"
        ).all()
    engine.dispose()
    assert [state for state, _ in enabled] == ["A"]
