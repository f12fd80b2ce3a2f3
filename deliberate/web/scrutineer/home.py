"""The home page of this job: what awaits this person now."""

from flask import g, render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action, Role
from deliberate.queries import counts, objections, spot_samples

from .. import certifying
from ..access import allow, current_actor
from ..store import reader
from .blueprint import bp


@bp.get("/")
@allow(Action.SCRUTINISE)
def home() -> ResponseReturnValue:
    """Sheets to sign, objections to recheck, rounds under way."""
    return render_template(
        "scrutineer/home.html",
        to_sign=counts.to_sign(reader(), g.community.id, current_actor().account_id),
        waiting=objections.open_in(reader(), g.community.id),
        countings=counts.under_way(reader(), g.community.id),
        walks=spot_samples.walks_of(reader(), g.community.id, current_actor().account_id),
        rolls=certifying.waiting(Role.SCRUTINEER),
    )
