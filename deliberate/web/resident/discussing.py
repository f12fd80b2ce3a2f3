"""Seconding, and speaking in a round."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotFound, Stale
from deliberate.domain.permissions import Action
from deliberate.queries import discussion, proposals
from deliberate.services import comments, seconds

from ..access import allow, current_actor
from ..forms.discussion import CommentForm, ReplyForm
from ..forms.fields import show_refusal_once
from ..homes import my_household, my_household_id
from ..matters import the_matter
from ..store import reader, transaction
from .blueprint import bp


def _my_home(number: int, **_: Any) -> Any:
    """The household that seconds; NotFound when the matter is another community's."""
    the_matter(number)
    return my_household()


@bp.post("/matters/<int:number>/second")
@allow(Action.SECOND, about=_my_home)
def second(number: int) -> ResponseReturnValue:
    """The household seconds."""
    proposal, home = the_matter(number), my_household_id() or 0
    with transaction(Lock.proposal(proposal.id)) as tx:
        seconds.second(tx.session, current_actor(), proposal.id, home, now=tx.now)
    flash(_("已经记下您家的联名。"))
    return redirect(url_for("public.matter", number=number, _anchor="seconds"))


@bp.post("/matters/<int:number>/take-back-second")
@allow(Action.SECOND, about=_my_home)
def take_back_second(number: int) -> ResponseReturnValue:
    """The household takes its second back."""
    proposal, home = the_matter(number), my_household_id() or 0
    with transaction(Lock.proposal(proposal.id)) as tx:
        seconds.take_back(tx.session, current_actor(), proposal.id, home, now=tx.now)
    flash(_("已经收回您家的联名。"))
    return redirect(url_for("public.matter", number=number, _anchor="seconds"))


@bp.route("/matters/<int:number>/comment", methods=["GET", "POST"])
@allow(Action.COMMENT)
def comment(number: int) -> ResponseReturnValue:
    """Speak, or answer the remark that `reply` names."""
    proposal = the_matter(number)
    parent = _parent(proposal)
    form = ReplyForm(parent=str(parent.id)) if parent else CommentForm()
    if form.validate_on_submit():
        try:
            with transaction(Lock.proposal(proposal.id)) as tx:
                made = comments.comment(tx.session, current_actor(), proposal.id, form.remark(), now=tx.now)
            flash(_("您的发言已经公开。"))
            return redirect(url_for("public.matter", number=number, _anchor=f"c{made.id}"))
        except (BadInput, Stale) as refusal:
            show_refusal_once(form, refusal, form.request_id)
    running = discussion.running(reader(), proposal.id)
    page = render_template(
        "resident/comment.html", form=form, proposal=proposal, parent=parent, running=running
    )
    return page, 422 if request.method == "POST" else 200


def _parent(proposal: proposals.Proposal) -> discussion.Comment | None:
    """The remark that is answered; one of another matter, or hidden, is not found."""
    wish = request.values.get("parent") or request.args.get("reply")
    if not wish:
        return None
    known = wish.isascii() and wish.isdigit() and len(wish) < 12
    found = discussion.comment(reader(), g.community.id, int(wish)) if known else None
    if found is None or found.proposal_id != proposal.id or found.hidden_at is not None:
        raise NotFound()
    return found
