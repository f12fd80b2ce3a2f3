"""A piece of evidence, streamed to the few who may see it now."""

from flask import g, send_file
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import contradictions
from deliberate.services import cases
from deliberate.services.evidence import path_of

from ..access import allow, current_actor
from ..store import config, reader
from .blueprint import bp


def _about(evidence_id: int) -> Subject:
    return contradictions.about_evidence(reader(), evidence_id, g.community.id)


@bp.get("/c/<slug>/evidence/<int:evidence_id>")
@allow(Action.SEE_EVIDENCE, about=_about)
def evidence(evidence_id: int) -> ResponseReturnValue:
    """The bytes, never kept by a cache, never taken for anything but a picture."""
    exhibit = cases.evidence_for(reader(), current_actor(), g.community.id, evidence_id)
    path = path_of(config().instance_dir, exhibit.sha256)
    if not path.is_file():
        raise NotFound()
    response = send_file(path, mimetype=exhibit.mime, etag=False, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response
