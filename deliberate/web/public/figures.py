"""All matters at a glance: where they are, and what they cost."""

from flask import g, render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action
from deliberate.queries import figures as drawn
from deliberate.queries import proposals

from ..access import allow
from ..store import reader
from .blueprint import bp


@bp.get("/c/<slug>/figures")
@allow(Action.READ_PUBLIC)
def figures() -> ResponseReturnValue:
    """Stages of all matters; budget against spent."""
    return render_template(
        "public/figures.html",
        listing=proposals.listing(reader(), g.community.id),
        works=drawn.works(reader(), g.community.id),
    )
