"""The tests of the rules, which measure how much of the rules they reach."""

import pytest

REACHING = {"test_calendar", "test_execution", "test_merkle", "test_pictures", "test_tally"}
"""Files whose examples alone reach some line of the rules."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Examples by the hundred run without the tracer, which costs more than they do; the others reach every line."""
    for item in items:
        by_example = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if by_example and item.path.stem not in REACHING:
            item.add_marker("no_cover")
