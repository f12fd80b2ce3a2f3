"""Raising a matter: write, look for similar ones, save, submit, withdraw."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.queries import proposals as known
from deliberate.services import proposals

from .. import proposing
from ..access import allow, current_actor
from ..forms.fields import renew, show_refusal
from ..forms.proposals import ProposalForm, WithdrawForm
from ..homes import my_home_or_owned_id
from ..matters import about_matter, the_matter
from ..store import reader, transaction
from .blueprint import bp


@bp.route("/propose", methods=["GET", "POST"])
@allow(Action.PROPOSE)
def propose() -> ResponseReturnValue:
    """Begin a matter."""
    form = proposing.blank(ProposalForm)
    if request.method == "POST" and (number := proposing.take(form, _begin, proposing.another)) is not None:
        return _after(number)
    return _page(form, None)


def _begin(form: ProposalForm) -> int:
    home, follows = my_home_or_owned_id(), proposing.follows_id(form)
    with transaction() as tx:
        made = proposals.draft(
            tx.session,
            current_actor(),
            g.community.id,
            form.draft(),
            household_id=home or 0,
            follows_id=follows,
            request_id=form.request_id.data or None,
            now=tx.now,
        )
        if proposing.wish() == proposing.SUBMIT:
            proposals.submit(tx.session, current_actor(), made.id, now=tx.now)
        return made.number


@bp.route("/matters/<int:number>/edit", methods=["GET", "POST"])
@allow(Action.EDIT_PROPOSAL, about=about_matter)
def edit(number: int) -> ResponseReturnValue:
    """Change a draft, or a matter that came back."""
    proposal = the_matter(number)
    form = proposing.filled(proposal)

    def save(form: ProposalForm) -> int:
        sent = form.version.data or ""
        version = int(sent) if sent.isdecimal() else 0
        with transaction(Lock.proposal(proposal.id)) as tx:
            actor = current_actor()
            proposals.edit(tx.session, actor, proposal.id, form.draft(), version=version, now=tx.now)
            if proposing.wish() == proposing.SUBMIT:
                proposals.submit(tx.session, actor, proposal.id, now=tx.now)
        return number

    def replace_it(form: ProposalForm) -> None:
        renew(form.version, str(the_matter(number).version))

    if request.method == "POST" and proposing.take(form, save, replace_it) is not None:
        return _after(number)
    return _page(form, the_matter(number))


def _after(number: int) -> ResponseReturnValue:
    if proposing.wish() == proposing.SUBMIT:
        flash(_("已经提交。请告诉邻居，请他们来联名。"))
        return redirect(url_for("public.matter", number=number))
    flash(_("草稿已经保存，只有您和主持人能看到。"))
    return redirect(url_for("resident.edit", number=number))


def _page(form: ProposalForm, proposal: known.Proposal | None) -> ResponseReturnValue:
    looking = proposing.wish() == proposing.SIMILAR
    asked = request.method == "POST" and not looking
    similar = proposing.similar_to(form, proposal.id if proposal else None) if form.title.data else []
    steps = known.matter(reader(), proposal).steps if proposal else ()
    page = render_template(
        "resident/propose.html", form=form, proposal=proposal, similar=similar, looked=looking, steps=steps
    )
    return page, 422 if asked else 200


@bp.get("/similar")
@allow(Action.PROPOSE)
def similar() -> ResponseReturnValue:
    """Matters like the title being written, as a part of the page."""
    title = request.args.get("title", "")[:200]
    found = known.similar(reader(), g.community.id, title, "") if title.strip() else []
    return render_template("resident/_similar.html", similar=found, looked=bool(title.strip()))


@bp.post("/matters/<int:number>/submit")
@allow(Action.EDIT_PROPOSAL, about=about_matter)
def submit(number: int) -> ResponseReturnValue:
    """Hand a draft in."""
    proposal = the_matter(number)
    version = request.form.get("version", type=int)
    with transaction(Lock.proposal(proposal.id)) as tx:
        proposals.submit(tx.session, current_actor(), proposal.id, version=version, now=tx.now)
    flash(_("已经提交。请告诉邻居，请他们来联名。"))
    return redirect(url_for("public.matter", number=number))


@bp.route("/matters/<int:number>/withdraw", methods=["GET", "POST"])
@allow(Action.WITHDRAW_PROPOSAL, about=about_matter)
def withdraw(number: int) -> ResponseReturnValue:
    """Look once more, then take the matter back."""
    proposal, form = the_matter(number), WithdrawForm()
    if form.validate_on_submit():
        try:
            with transaction(Lock.proposal(proposal.id)) as tx:
                reason = form.reason.data or ""
                proposals.withdraw(tx.session, current_actor(), proposal.id, reason=reason, now=tx.now)
            flash(_("已经撤回。"))
            return redirect(url_for("resident.home"))
        except BadInput as refusal:
            show_refusal(form, refusal)
    page = render_template("resident/withdraw.html", form=form, proposal=proposal)
    return page, 422 if request.method == "POST" else 200
