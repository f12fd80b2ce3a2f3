"""gunicorn for Deliberate: `gunicorn -c gunicorn.conf.py wsgi:app`, behind a proxy that buffers slow clients.

Processes: `WEB_CONCURRENCY`, one unless said; best one per core. On SQLite too: it has one writer at a time, and those
of several processes stand in line (`deliberate/one_writer.py`).

The program is loaded once, makes a stranger's first pages once, and its processes are forked from it: they share its
memory, and one that ended is replaced at once. What is open after a fork is each process's own: before it there is no
store open, no socket and no thread (`tests/running/test_preloading.py`). So SIGHUP renews the processes and not the
program, nor its settings: restart the service for those.
"""

import gc
import os
from importlib import import_module
from typing import Any

from deliberate import logs

bind = os.environ.get("DELIBERATE_BIND", "127.0.0.1:8000")
worker_class = "gthread"
threads = 32  # most of them wait: so many are worked on as deliberate/web/turns.py says
timeout = 60
graceful_timeout = 30
preload_app = True
accesslog = None  # the application writes a line per request, without addresses or persons


gc.disable()  # nothing of what is loaded is garbage; looking for it takes as long as a sixth of loading


def on_starting(server: Any) -> None:
    """JSON lines from the beginning; no start over a store that has lost its guards."""
    logs.begin(logs.JSON)
    if server.cfg.uid == os.geteuid():  # nothing of the store's may become another user's
        url = import_module("deliberate.config").read_config().database_url
        import_module("deliberate.fitness").refuse_unguarded(url)


def when_ready(server: Any) -> None:
    """What every process would put together for its first pages is put together once."""
    if server.cfg.uid == os.geteuid():
        import_module("deliberate.web.warming").warm(server.app.wsgi())


def pre_fork(server: object, worker: object) -> None:
    """What was loaded is never looked through again, or each process would copy its memory by looking."""
    gc.freeze()


def post_fork(server: object, worker: object) -> None:
    """Garbage is looked for again; JSON lines on standard error, and nothing but these."""
    gc.enable()
    logs.begin(logs.JSON)


def child_exit(server: object, worker: Any) -> None:
    """Numbers of a process that ended no longer count as its own (only where several are added up)."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        import_module("prometheus_client.multiprocess").mark_process_dead(worker.pid)
