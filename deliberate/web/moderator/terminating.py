"""Ending an adopted matter that is not carried out (any more)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, Stale
from deliberate.domain.lifecycle import Step, steps_from
from deliberate.domain.permissions import Action
from deliberate.queries import executions
from deliberate.services import terminating as deeds

from ..access import allow, current_actor
from ..forms.counting import TerminateForm
from ..forms.fields import show_refusal, text
from ..results import about_matter_number, the_proposal
from ..store import reader, transaction
from .blueprint import bp


@bp.get("/execution/<int:number>/terminate")
@allow(Action.EXECUTE, about=about_matter_number)
def terminating(number: int) -> ResponseReturnValue:
    """The form that asks why, while it can be ended."""
    if Step.TERMINATE not in steps_from(the_proposal(number).stage):
        return redirect(url_for("public.matter", number=number))
    return _page(number, TerminateForm(formdata=None))


def _page(number: int, form: TerminateForm) -> str:
    proposal = the_proposal(number)
    return render_template(
        "moderator/terminate.html",
        proposal=proposal,
        carried_out=executions.of_proposal(reader(), proposal.id),
        form=form,
    )


@bp.post("/execution/<int:number>/terminate")
@allow(Action.EXECUTE, about=about_matter_number)
def terminate(number: int) -> ResponseReturnValue:
    """It is not carried out (any more)."""
    form = TerminateForm()
    if not form.validate():
        return _page(number, form), 422
    proposal = the_proposal(number)
    try:
        with transaction(Lock.proposal(proposal.id)) as tx:
            deeds.terminate(tx.session, current_actor(), proposal.id, text(form.reason), now=tx.now)
    except (BadInput, Stale) as refusal:
        status = show_refusal(form, refusal)
        return _page(number, form), status
    flash(_("议题已终止，原因和账目已公示。"))
    return redirect(url_for("public.matter", number=number))
