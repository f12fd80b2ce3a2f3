"""A household says what it thinks of what was carried out."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.execution import Rating
from deliberate.domain.permissions import Action
from deliberate.queries import executions
from deliberate.services import evaluation

from ..access import allow, current_actor
from ..forms.counting import RatingForm
from ..forms.fields import show_refusal, text
from ..homes import my_home_or_owned_id, my_household_id
from ..results import the_proposal
from ..store import now, reader, transaction
from .blueprint import bp
from .household import my_household


@bp.get("/evaluations/<int:number>")
@allow(Action.EVALUATE, about=my_household)
def evaluate(number: int) -> ResponseReturnValue:
    """The form, with what this household said before; an owner who lives elsewhere reads none of a tenant's."""
    home = my_household_id()
    said = executions.rating_of(reader(), the_proposal(number).id, home) if home is not None else None
    form = RatingForm(
        formdata=None, rating=said.rating.value if said else None, remark=said.remark if said else ""
    )
    return _page(number, form)


def _page(number: int, form: RatingForm) -> str:
    proposal = the_proposal(number)
    found = executions.of_proposal(reader(), proposal.id)
    if found is None or found.completion is None:
        raise NotFound()
    return render_template(
        "resident/evaluate.html",
        carried_out=found,
        proposal=proposal,
        form=form,
        may_rate=now() < found.completion.evaluate_until,
    )


@bp.post("/evaluations/<int:number>")
@allow(Action.EVALUATE, about=my_household)
def rate(number: int) -> ResponseReturnValue:
    """Keep the rating; it may be changed until the period ends."""
    form, proposal = RatingForm(), the_proposal(number)
    if not form.validate():
        return _page(number, form), 422
    try:
        with transaction(Lock.proposal(proposal.id)) as tx:
            evaluation.rate(
                tx.session,
                current_actor(),
                proposal.id,
                my_home_or_owned_id() or 0,
                Rating(form.rating.data),
                text(form.remark),
                now=tx.now,
            )
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(number, form), status
    flash(_("谢谢，您家的评议已保存。评议结束前可以修改。"))
    return redirect(url_for("public.matter", number=number))
