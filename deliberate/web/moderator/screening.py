"""Screening a submitted matter."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock, Transaction
from deliberate.domain.errors import BadInput, NotFound, Stale
from deliberate.domain.permissions import Action
from deliberate.queries import communities, places, proposals
from deliberate.services import screening

from ..access import allow, current_actor
from ..forms.fields import renew, show_refusal
from ..forms.proposals import ScreenForm
from ..matters import about_matter, the_matter
from ..store import reader, transaction
from .blueprint import bp


@bp.route("/matters/<int:number>/screen", methods=["GET", "POST"])
@allow(Action.SCREEN, about=about_matter)
def screen(number: int) -> ResponseReturnValue:
    """Accept, return, decline or merge."""
    proposal, form = the_matter(number), ScreenForm()
    status = 422 if request.method == "POST" else 200
    if form.validate_on_submit():
        try:
            with transaction(Lock.proposal(proposal.id)) as tx:
                _decide(tx, proposal.id, form)
            flash(_("审核意见已经记下，提出人和联名的住户都会收到。"))
            return redirect(url_for("public.matter", number=number))
        except Stale as refusal:
            status = show_refusal(form, refusal)
            proposal = the_matter(number)
            renew(form.version, str(proposal.version))
        except (BadInput, NotFound) as refusal:
            show_refusal(form, refusal)
    if request.method == "GET":
        renew(form.version, str(proposal.version))
    page = render_template(
        "moderator/screen.html",
        form=form,
        matter=proposals.matter(reader(), proposal),
        similar=proposals.similar(
            reader(), g.community.id, proposal.title, proposal.body, apart_from=proposal.id
        ),
        places=places.of(reader(), g.community.id),
        seconds_needed=communities.settings(reader(), g.community.id).seconds_needed,
    )
    return page, status


def _decide(tx: Transaction, proposal_id: int, form: ScreenForm) -> None:
    actor, reason, version = current_actor(), form.reason.data or "", form.looked_at()
    if form.decision.data == "accept":
        screening.accept(tx.session, actor, proposal_id, version=version, now=tx.now)
    elif form.decision.data == "return":
        screening.return_to_author(tx.session, actor, proposal_id, reason, version=version, now=tx.now)
    elif form.decision.data == "decline":
        screening.decline(tx.session, actor, proposal_id, reason, version=version, now=tx.now)
    else:
        screening.merge(
            tx.session, actor, proposal_id, form.into.data or 0, reason, version=version, now=tx.now
        )
