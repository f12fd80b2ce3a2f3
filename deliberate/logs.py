"""What is logged: JSON lines without personal data (docs/running.md).

A line names a request by its id, an endpoint and a community, never an address, a person, a code or a token. Of an
error it says the kind and the places in our code, not the message, which may quote what somebody typed.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any

import click
from sqlalchemy.exc import DBAPIError

JSON, TEXT = "json", "text"
FACTS = "facts"
"""The attribute of a log record that holds its fields."""
ALONE = ("deliberate", "gunicorn.error")
"""Loggers that are given handlers by others."""
_worker = logging.getLogger("deliberate.worker")


class Lines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Of a record with an error the text is not filled in: its words may be anybody's."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        facts: dict[str, Any] | None = getattr(record, FACTS, None)
        if facts is not None:
            line.update(facts)
        else:
            line["says"] = str(record.msg) if record.exc_info else record.getMessage()
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(trace)]


def begin(kind: str, to: IO[str] | None = None) -> None:
    """Log as said from now on; `text` leaves everything as Python has it.

    Whoever had a handler of their own (Flask takes one at the first error where there is none) has none any more, or
    what lines leave out would stand beside them.
    """
    if kind != JSON:
        return
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in ALONE:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    sys.excepthook = ended


def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody caught ends the process with a line, as any other error leaves one."""
    if not issubclass(kind, Exception):
        sys.__excepthook__(kind, error, trace)
        return
    told = (kind, error, trace)
    record = logging.LogRecord("deliberate", logging.CRITICAL, "", 0, "ended by an error", None, told)
    print(Lines().format(record), file=sys.stderr)


def refused(error: Exception) -> str:
    """The kind of an error; of the store's also what it refused. Its message may quote a row, so not that."""
    if not isinstance(error, DBAPIError):
        return type(error).__name__
    found = getattr(error.orig, "diag", None)
    told = (
        type(error.orig).__name__,
        getattr(error.orig, "sqlstate", "") or getattr(error.orig, "sqlite_errorname", ""),
        getattr(found, "constraint_name", None) or getattr(found, "table_name", None) or "",
        f"in {(error.statement or '')[:200]}",
    )
    return " ".join(filter(None, told))


def say(text: str) -> None:
    """What the worker did: a line of the log where there is one, else a line of the terminal."""
    if any(isinstance(one.formatter, Lines) for one in logging.getLogger().handlers):
        _worker.info("%s", text)
    else:
        click.echo(text, err=True)
