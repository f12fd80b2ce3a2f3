"""The tests of the rules reach no framework and no database, by law and not by luck."""

import ast
from pathlib import Path

import pytest

FORBIDDEN = {
    "alembic",
    "flask",
    "flask_babel",
    "flask_login",
    "flask_wtf",
    "psycopg",
    "sqlalchemy",
    "sqlite3",
    "wtforms",
}
HERE = Path(__file__).parent


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def allowed(name: str) -> bool:
    package, _, rest = name.partition(".")
    return package not in FORBIDDEN and (package != "deliberate" or rest.split(".")[0] == "domain")


@pytest.mark.parametrize("path", sorted(HERE.rglob("*.py")), ids=lambda path: path.name)
def test_tests_of_the_rules_import_only_the_rules(path: Path) -> None:
    assert [name for name in sorted(imported(path)) if not allowed(name)] == []


def test_a_framework_would_be_noticed(tmp_path: Path) -> None:
    example = tmp_path / "example.py"
    example.write_text(
        "import flask.app\nfrom deliberate.models import roll\nfrom deliberate.domain import tally\n"
    )
    assert [name for name in sorted(imported(example)) if not allowed(name)] == [
        "deliberate.models.roll",
        "flask.app",
    ]
