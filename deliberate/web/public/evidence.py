"""A piece of evidence, streamed to the few who may see it now."""

from flask import g
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action, Subject
from deliberate.queries import contradictions
from deliberate.services import cases
from deliberate.services.evidence import name_of

from ..access import allow, current_actor
from ..sending import sent_in_confidence
from ..store import reader
from .blueprint import bp


def _about(evidence_id: int) -> Subject:
    return contradictions.about_evidence(reader(), evidence_id, g.community.id)


@bp.get("/c/<slug>/evidence/<int:evidence_id>")
@allow(Action.SEE_EVIDENCE, about=_about)
def evidence(evidence_id: int) -> ResponseReturnValue:
    """The bytes, never kept by a cache, never taken for anything but a picture."""
    exhibit = cases.evidence_for(reader(), current_actor(), g.community.id, evidence_id)
    return sent_in_confidence(name_of(exhibit.sha256), exhibit.mime)
