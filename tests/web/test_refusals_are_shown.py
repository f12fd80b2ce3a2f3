"""Rule 16: a refusal is put to its field before the page is drawn, never after."""

import ast
from collections.abc import Iterator
from pathlib import Path

WEB = Path(__file__).parents[2] / "deliberate" / "web"


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "show_refusal":
            yield node


def too_late(source: str) -> list[int]:
    """Lines where a page was drawn in the same expression, and so before its error was known."""
    tree = ast.parse(source)
    first = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.Expr) and node.value
    }
    return [call.lineno for call in calls(tree) if id(call) not in first]


def test_every_refusal_is_put_to_its_field_before_the_page_is_drawn() -> None:
    found = {str(path): lines for path in WEB.rglob("*.py") if (lines := too_late(path.read_text()))}
    assert found == {}


def test_the_check_would_notice() -> None:
    assert too_late("def f():\n    return _page(form), show_refusal(form, refusal)\n") == [2]
