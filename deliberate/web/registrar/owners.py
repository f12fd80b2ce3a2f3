"""Which homes have one owner."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.services import owners

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.registrar import OwnerForm, ReasonForm
from ..store import roll_transaction
from .blueprint import bp
from .household import household_page, this_household


@bp.post("/households/<int:household_id>/owner")
@allow(Action.CHANGE_ROLL, about=this_household)
def join_owner(household_id: int) -> ResponseReturnValue:
    """This home belongs to the owner of another."""
    form = OwnerForm()
    if not form.validate():
        return household_page(household_id, owner_form=form), 422
    try:
        with roll_transaction() as tx:
            address, why = text(form.address), text(form.reason)
            owners.join(tx.session, current_actor(), household_id, address, why, now=tx.now)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return household_page(household_id, owner_form=form), status
    flash(_("已登记为同一业主。下一次业主表决起合算。"))
    return redirect(url_for(".household", household_id=household_id))


@bp.post("/households/<int:household_id>/owner/part")
@allow(Action.CHANGE_ROLL, about=this_household)
def part_owner(household_id: int) -> ResponseReturnValue:
    """It has an owner of its own again."""
    form = ReasonForm()
    if not form.validate():
        return household_page(household_id, reason_form=form), 422
    with roll_transaction() as tx:
        owners.part(tx.session, current_actor(), household_id, text(form.reason), now=tx.now)
    flash(_("已改为单独一位业主。"))
    return redirect(url_for(".household", household_id=household_id))
