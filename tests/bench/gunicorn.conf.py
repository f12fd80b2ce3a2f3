"""The settings of the documents, but no line in a log for every request: the floor writes none either."""

import gc
import logging
import os
from importlib import import_module
from runpy import run_path
from typing import Any

_documented = run_path("docs/running/gunicorn.conf.py")
globals().update(_documented)
if "DELIBERATE_BENCH_AWAY" in os.environ:
    import_module("tests.bench.apart").set_apart()


def on_starting(server: Any) -> None:
    """Ours looks after its guards, as there, and then writes no lines; the floor has no guards."""
    if server.app.app_uri == "wsgi:app":
        _documented["on_starting"](server)
        logging.getLogger().handlers.clear()
        logging.getLogger().setLevel(logging.WARNING)


def when_ready(server: Any) -> None:
    """Ours makes its first pages before it forks, as there; the floor has none to make."""
    if "deliberate.db" in server.app.wsgi().extensions:
        _documented["when_ready"](server)


def post_fork(server: object, worker: object) -> None:
    """Garbage is looked for again, as there."""
    gc.enable()
