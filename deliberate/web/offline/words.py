"""The client's texts, by language."""

from flask import Response

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action

from ..access import allow
from ..languages import NAMES
from .blueprint import bp
from .texts import catalogue_of


@bp.get("/words/<language>.json")
@allow(Action.READ_PUBLIC)
def words(language: str) -> Response:
    """The catalogue of one language that is offered."""
    if language not in NAMES:
        raise NotFound()
    return Response(
        catalogue_of(language), mimetype="application/json", headers={"Cache-Control": "no-cache"}
    )
