"""Numbers for Prometheus at `/metrics`, for who has the token: no person, no address, no community, no id.

`prometheus_client` is an optional extra (`pip install deliberate[metrics]`). Without it or without
`DELIBERATE_METRICS_TOKEN` the address does not exist and nothing is counted. With several processes of one server
their numbers are added up in `PROMETHEUS_MULTIPROC_DIR`, as the library says.
"""

import hmac
import os
import time
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import Flask, Response, current_app, g, request

from deliberate.config import Config
from deliberate.domain.errors import NotFound
from deliberate.later import later
from deliberate.queries import health

from .store import config, database, now, reader

_library: Any = later("prometheus_client") if find_spec("prometheus_client") else None
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Seconds; 0.5 is what a page is promised in on the last evening."""
NOT_COUNTED = "deliberate.not_counted"
"""In the environment of a request that nobody sent (`warming`)."""
_METHODS = ("GET", "HEAD", "POST", "PUT")


class Numbers:
    """The counters of this process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = _library.CollectorRegistry()
        ours = {"registry": self.registry}
        self.requests = _library.Counter(
            "deliberate_requests", "Requests answered", ["endpoint", "method", "status"], **ours
        )
        self.seconds = _library.Histogram(
            "deliberate_request_seconds", "Until the answer began", ["endpoint"], buckets=BUCKETS, **ours
        )
        self.happened = _library.Counter(
            "deliberate_happenings", "Answers by channel, tablet verdicts", ["what", "kind"], **ours
        )

    def happen(self, happened: Mapping[tuple[str, str], int]) -> None:
        """What a transaction did, once it is committed."""
        for (what, kind), number in happened.items():
            self.happened.labels(what, kind).inc(number)

    def gathered(self) -> bytes:
        """Of this process, or of all processes of the server."""
        registry = self.registry
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = _library.CollectorRegistry()
            import_module("prometheus_client.multiprocess").MultiProcessCollector(registry)
        made: bytes = _library.generate_latest(registry)
        return made


def install(app: Flask, config: Config) -> None:
    """Count, where there is somebody to read it."""
    if _library is None or not config.metrics_token:
        return
    numbers = Numbers()
    app.extensions["deliberate.metrics"] = numbers
    app.extensions["deliberate.db"].told = numbers.happen
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.metrics_began = time.perf_counter()


def _end(response: Response) -> Response:
    if NOT_COUNTED in request.environ:
        return response
    numbers: Numbers = current_app.extensions["deliberate.metrics"]
    endpoint = request.endpoint or "none"
    method = request.method if request.method in _METHODS else "other"
    numbers.requests.labels(endpoint, method, str(response.status_code)).inc()
    numbers.seconds.labels(endpoint).observe(
        time.perf_counter() - g.get("metrics_began", time.perf_counter())
    )
    return response


def report() -> Response:
    """Everything, or the same NotFound as for any address that does not exist."""
    numbers: Numbers | None = current_app.extensions.get("deliberate.metrics")
    given = request.headers.get("Authorization", "").encode("utf-8", "replace")
    if numbers is None or not hmac.compare_digest(given, f"Bearer {config().metrics_token}".encode()):
        raise NotFound()
    text = numbers.gathered() + _of_the_store().encode()
    response = Response(text, content_type=_library.CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def _of_the_store() -> str:
    """Asked when it is read: the same on every machine."""
    moment, last, head = now(), health.last_turn(reader()), health.newest_head(reader())
    told = {
        "worker_turn_age_seconds": (moment - last).total_seconds() if last else None,
        "worker_troubles": health.troubles(reader()),
        "ledger_head_age_seconds": (moment - head).total_seconds() if head else None,
        "messages_waiting": health.messages_waiting(reader()),
    }
    pool: Any = database().engine.pool
    told["store_connections_in_use"] = pool.checkedout() if hasattr(pool, "checkedout") else None
    return "".join(
        f"# TYPE deliberate_{name} gauge\ndeliberate_{name} {value}\n"
        for name, value in told.items()
        if value is not None
    )
