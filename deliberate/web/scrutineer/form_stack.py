"""Forms that a scrutineer lays beside their records in a full recheck."""

from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action

from .. import form_checking
from ..access import allow
from ..results import about_round
from .blueprint import bp


@bp.get("/rechecks/<int:round_id>")
@allow(Action.SCRUTINISE, about=about_round)
def form_stack(round_id: int) -> ResponseReturnValue:
    """The next form."""
    return form_checking.page(round_id)


@bp.post("/rechecks/forms/<int:consent_id>")
@allow(Action.CHECK_FORM, about=form_checking.about_form)
def check_form(consent_id: int) -> ResponseReturnValue:
    """Keep what it shows."""
    return form_checking.check(consent_id)
