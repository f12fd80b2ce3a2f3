"""The settings of the documents, but no line in a log for every request: the floor writes none either."""

import gc
from runpy import run_path

globals().update(run_path("docs/running/gunicorn.conf.py"))


def post_fork(server: object, worker: object) -> None:
    """Garbage is looked for again, as there."""
    gc.enable()
