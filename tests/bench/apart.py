"""In a server that is measured: its store answers as late as if it were on another machine (`far.py`)."""

import os
import time
from typing import Any

from sqlalchemy import Engine, event

from deliberate import engines

AWAY, TOGETHER = "DELIBERATE_BENCH_AWAY", "DELIBERATE_BENCH_TOGETHER"
STEPS = ("before_cursor_execute", "begin", "commit", "rollback")
"""Each is one way there and back."""


def set_apart() -> None:
    """Before it loads the application: so many milliseconds, so many pages at a time."""
    near = os.environ[TOGETHER] == "1"
    engines.is_near = lambda _url: near
    seconds = float(os.environ[AWAY]) / 1000

    def wait(*_: Any) -> None:
        time.sleep(seconds)

    for step in STEPS if seconds else ():
        event.listen(Engine, step, wait)
