"""How much work a question is to the store, counted by the store itself; the same on any machine.

SQLite counts the steps of its programs, PostgreSQL the rows that pass through its plans. What grows with a table shows
here even where a plan names an index: an index read from end to end is work as well.
"""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from deliberate.db import Database

Asked = list[tuple[str, Any]]


def work(database: Database, question: Callable[[Session], object]) -> int:
    """Steps or rows that the question takes, once its statements are known."""
    with database.reading() as session:
        question(session)
    if database.engine.dialect.name == "sqlite":
        return _steps(database, question)
    return sum(_rows(database, statement, values) for statement, values in statements(database, question))


def statements(database: Database, question: Callable[[Session], object]) -> Asked:
    """What the store is asked, with its values."""
    asked: Asked = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", hear)
    with database.reading() as session:
        question(session)
    event.remove(database.engine, "before_cursor_execute", hear)
    return asked


def _steps(database: Database, question: Callable[[Session], object]) -> int:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with database.reading() as session:
        raw: Any = session.connection().connection.driver_connection
        raw.set_progress_handler(count, 1)
        question(session)
        raw.set_progress_handler(None, 0)
    return steps


def _rows(database: Database, statement: str, values: Any) -> int:
    """Of every node of the plan, those that it threw away among them."""
    with database.engine.connect() as connection:
        for other in ("seqscan", "hashjoin", "mergejoin"):  # of few rows, every index is dear
            connection.exec_driver_sql(f"SET enable_{other} = off")
        told = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar_one()
        connection.rollback()
    plans = json.loads(told) if isinstance(told, str) else told
    return round(_of_node(plans[0]["Plan"]))


def _of_node(node: dict[str, Any]) -> float:
    own = node["Actual Rows"] + sum(node[name] for name in node if name.startswith("Rows Removed"))
    return float(own * node["Actual Loops"]) + sum(map(_of_node, node.get("Plans", ())))
