"""The home page of this job: what awaits this person now."""

from flask import g, render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action, Role
from deliberate.queries import households
from deliberate.queries import letters as letter_queries
from deliberate.queries import rolls as roll_queries

from .. import certifying
from ..access import allow, current_actor
from ..forms.registrar import SearchForm
from ..store import reader
from .blueprint import bp


@bp.get("/")
@allow(Action.READ_ROLL)
def home() -> ResponseReturnValue:
    """What awaits this person now."""
    session, community_id = reader(), g.community.id
    return render_template(
        "registrar/home.html",
        number=households.count(session, community_id),
        letters=letter_queries.counts(session, community_id),
        latest=next(iter(roll_queries.imports(session, community_id, 1)), None),
        search_form=SearchForm(),
        rolls=certifying.waiting(Role.REGISTRAR) if current_actor().has(Role.REGISTRAR, community_id) else [],
    )
