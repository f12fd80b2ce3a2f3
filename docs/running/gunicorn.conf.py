"""gunicorn for Deliberate: `gunicorn -c gunicorn.conf.py wsgi:app`, behind a proxy that buffers slow clients.

Processes: `WEB_CONCURRENCY`, one unless said. One on SQLite, which has one writer; on PostgreSQL one per core.
"""

import os
from importlib import import_module
from typing import Any

from deliberate import logs

bind = os.environ.get("DELIBERATE_BIND", "127.0.0.1:8000")
worker_class = "gthread"
threads = 32  # most of them wait: so many are worked on as deliberate/web/turns.py says
timeout = 60
graceful_timeout = 30
accesslog = None  # the application writes a line per request, without addresses or persons


def post_fork(server: object, worker: object) -> None:
    """JSON lines on standard error."""
    logs.begin(logs.JSON)


def child_exit(server: object, worker: Any) -> None:
    """Numbers of a process that ended no longer count as its own (only where several are added up)."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        import_module("prometheus_client.multiprocess").mark_process_dead(worker.pid)
