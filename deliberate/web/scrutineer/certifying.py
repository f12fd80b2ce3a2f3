"""Certify the roll of a round, as scrutineer."""

from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action, Role

from .. import certifying
from ..access import allow
from .blueprint import bp


@bp.get("/certify", endpoint="certify")
@allow(Action.CERTIFY_AS_SCRUTINEER)
def rolls() -> ResponseReturnValue:
    """Rounds whose roll is to be certified."""
    return certifying.list_page(Role.SCRUTINEER)


@bp.get("/certify/<int:round_id>")
@allow(Action.CERTIFY_AS_SCRUTINEER, about=certifying.about_round)
def certify_round(round_id: int) -> ResponseReturnValue:
    """The roll to look at before signing."""
    return certifying.round_page(Role.SCRUTINEER, round_id)


@bp.post("/certify/<int:round_id>")
@allow(Action.CERTIFY_AS_SCRUTINEER, about=certifying.about_round)
def certify_now(round_id: int) -> ResponseReturnValue:
    """Sign."""
    return certifying.sign(Role.SCRUTINEER, round_id)
