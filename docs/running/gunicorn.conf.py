"""gunicorn for Deliberate: `gunicorn -c gunicorn.conf.py wsgi:app`, behind a proxy that buffers slow clients."""

from deliberate import logs

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 1  # one on SQLite, which has one writer; on PostgreSQL one per core
threads = 8
timeout = 60
graceful_timeout = 30
accesslog = None  # the application writes a line per request, without addresses or persons


def post_fork(server: object, worker: object) -> None:
    """JSON lines on standard error."""
    logs.begin(logs.JSON)
