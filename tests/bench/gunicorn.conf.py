"""The settings of the documents, but no line in a log for every request: the floor writes none either."""

import gc
import os
from importlib import import_module
from runpy import run_path
from typing import Any

_documented = run_path("docs/running/gunicorn.conf.py")
globals().update(_documented)
if "DELIBERATE_BENCH_AWAY" in os.environ:
    import_module("tests.bench.apart").set_apart()


def when_ready(server: Any) -> None:
    """Ours makes its first pages before it forks, as there; the floor has none to make."""
    if "deliberate.db" in server.app.wsgi().extensions:
        _documented["when_ready"](server)


def post_fork(server: object, worker: object) -> None:
    """Garbage is looked for again, as there."""
    gc.enable()
