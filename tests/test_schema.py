"""A migrated store has the very tables of the models: CHECKs too, which Alembic's own check passes over."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Inspector, create_engine, inspect

from deliberate.migrate import alembic_config, upgrade
from deliberate.models import Base
from deliberate.revisions import _SAYS, newest_revision
from tests.store import STORES


@pytest.fixture(params=STORES)
def two_stores(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Two empty stores of one kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'migrated.db'}", f"sqlite:///{tmp_path / 'made.db'}"
    make: Callable[[], str] = request.getfixturevalue("postgres_database")
    return make(), make()


def plain(value: Any) -> Any:
    """As text that can be sorted and compared, whatever the spaces and parentheses."""
    if isinstance(value, dict):
        return {key: plain(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return re.sub(r"\s+", " ", str(value)).strip()


def shape(inspector: Inspector, table: str) -> dict[str, Any]:
    """Everything that the store says of a table."""
    partial = inspector.bind.exec_driver_sql if inspector.dialect.name == "sqlite" else None
    found = {
        "columns": {column["name"]: plain(column) for column in inspector.get_columns(table)},
        "key": plain(inspector.get_pk_constraint(table)),
        "foreign keys": plain(sorted(inspector.get_foreign_keys(table), key=str)),
        "uniques": plain(sorted(inspector.get_unique_constraints(table), key=str)),
        "indexes": plain(sorted(inspector.get_indexes(table), key=str)),
        "checks": plain(sorted(inspector.get_check_constraints(table), key=str)),
    }
    if partial is not None:
        sql = f"SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{table}' ORDER BY name"
        found["index conditions"] = plain(list(partial(sql).scalars()))
    return found


def test_migrated_store_is_the_models(two_stores: tuple[str, str]) -> None:
    migrated, made = (create_engine(url) for url in two_stores)
    upgrade(two_stores[0])
    Base.metadata.create_all(made)
    with migrated.connect() as one, made.connect() as other:
        first, second = inspect(one), inspect(other)
        assert set(first.get_table_names()) - {"alembic_version"} == set(second.get_table_names())
        for table in Base.metadata.tables:
            assert shape(first, table) == shape(second, table), table
    migrated.dispose()
    made.dispose()


def test_a_lost_check_would_be_seen(two_stores: tuple[str, str]) -> None:
    migrated = create_engine(two_stores[0])
    upgrade(two_stores[0])
    with migrated.connect() as connection:
        checks = shape(inspect(connection), "consent_round")["checks"]
    migrated.dispose()
    assert "ck_consent_round_open_is_complete" in {check["name"] for check in checks}


def test_the_newest_revision_is_the_one_that_alembic_would_migrate_to() -> None:
    assert newest_revision() == ScriptDirectory.from_config(alembic_config("")).get_current_head()
    source = "\n".join(['revision = "0002"', 'down_revision = "0001"', 'revision: str = "0003"'])
    assert _SAYS.findall(source) == [("revision", "0002"), ("down_revision", "0001"), ("revision", "0003")]
