"""The front door: the communities served here, and whether the service is well."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action
from deliberate.queries import communities

from .. import health, metrics
from ..access import allow
from ..store import reader
from .blueprint import bp


@bp.get("/")
@allow(Action.READ_PUBLIC)
def front() -> ResponseReturnValue:
    """All communities; straight on when there is one."""
    every = communities.every(reader())
    if len(every) == 1:
        return redirect(url_for("public.matters", slug=every[0].slug))
    return render_template("public/communities.html", every=every)


@bp.get("/healthz")
@allow(Action.READ_PUBLIC)
def healthz() -> ResponseReturnValue:
    """200 when requests can be served."""
    return health.report()


@bp.get("/metrics")
@allow(Action.READ_PUBLIC)
def measured() -> ResponseReturnValue:
    """Numbers for Prometheus, for who has the token."""
    return metrics.report()
