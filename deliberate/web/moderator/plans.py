"""Fixing the plan, and taking it back to the table."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotAllowed, Refusal, Stale
from deliberate.domain.permissions import Action
from deliberate.domain.plan import household_percent
from deliberate.domain.rules import RC80, from_data
from deliberate.queries import communities, discussion, places, proposals
from deliberate.services import plans

from ..access import allow, current_actor
from ..forms.fields import renew, show_refusal
from ..forms.plans import PlanForm, ReviseForm
from ..forms.proposals import scope_values
from ..matters import about_matter, the_matter
from ..plain import number_in
from ..store import reader, transaction
from .blueprint import bp


def _prefilled(found: proposals.Matter) -> PlanForm:
    """The form with the newest text: the last plan's, else the proposal's."""
    text = found.plan or found.proposal
    settings = communities.settings(reader(), g.community.id)
    rules, percent = _last_rules(found)
    budget = f"{text.budget // 100}" + (f".{text.budget % 100:02d}" if text.budget % 100 else "")
    form = PlanForm(
        title=text.title,
        body=text.body,
        budget=budget,
        funding=found.plan.funding if found.plan else "",
        schedule=found.plan.schedule if found.plan else "",
        rules=[name for name in rules if name in settings.presets],
        household_percent=max(percent, settings.household_percent),
        after_round=_newest(found),
        **scope_values(text.scope),
    )
    form.offer(places.of(reader(), g.community.id))
    form.offer_rules(settings.presets)
    return form


def _last_rules(found: proposals.Matter) -> tuple[list[str], int]:
    """The rules of the plan before and its percentage; of a first plan only what every plan has."""
    if found.plan is None:
        return [RC80.id], 0
    rules = from_data(found.plan.rules)
    return [rule.id for rule in rules], household_percent(rules)


def _newest(found: proposals.Matter) -> str:
    return str(found.rounds[-1].n) if found.rounds else ""


@bp.route("/matters/<int:number>/plan", methods=["GET", "POST"])
@allow(Action.MODERATE, about=about_matter)
def fix_plan(number: int) -> ResponseReturnValue:
    """Fix the plan and show it publicly."""
    proposal = the_matter(number)
    form = _prefilled(proposals.matter(reader(), proposal))
    if form.validate_on_submit() and _fixed(proposal, form):
        flash(_("方案已经定下来，正在公示。"))
        return redirect(url_for("public.matter", number=number, _anchor="plans"))
    found = proposals.matter(reader(), the_matter(number))
    said = discussion.suggestions(discussion.comments(reader(), proposal))
    settings = communities.settings(reader(), g.community.id)
    page = render_template(
        "moderator/plan.html",
        form=form,
        matter=found,
        suggestions=said,
        notice_days=settings.plan_notice_days,
    )
    return page, 422 if request.method == "POST" else 200


def _fixed(proposal: proposals.Proposal, form: PlanForm) -> bool:
    """Fix the plan, or show in the form why not: a long text is not lost on a page of refusal.

    Told of a round held since, the moderator may send the text again, as made from that one.
    """
    after = form.after_round.data or ""
    try:
        with transaction(Lock.proposal(proposal.id)) as tx:
            plans.fix_plan(
                tx.session,
                current_actor(),
                proposal.id,
                form.plan(),
                after_round=number_in(after) or None,
                now=tx.now,
            )
    except NotAllowed:
        raise
    except Refusal as refusal:
        show_refusal(form, refusal)
        if isinstance(refusal, Stale):
            renew(form.after_round, _newest(proposals.matter(reader(), the_matter(proposal.number))))
        return False
    return True


@bp.route("/matters/<int:number>/revise", methods=["GET", "POST"])
@allow(Action.MODERATE, about=about_matter)
def revise_plan(number: int) -> ResponseReturnValue:
    """Take a fixed plan back, with a reason, and open the next round."""
    proposal, form = the_matter(number), ReviseForm()
    if form.validate_on_submit():
        try:
            with transaction(Lock.proposal(proposal.id)) as tx:
                reason = form.reason.data or ""
                plans.revise_plan(
                    tx.session, current_actor(), proposal.id, reason, form.opening(), now=tx.now
                )
            flash(_("方案已经退回再议，新一轮议事已经开始。"))
            return redirect(url_for("public.matter", number=number))
        except BadInput as refusal:
            show_refusal(form, refusal)
    page = render_template("moderator/revise.html", form=form, proposal=proposal)
    return page, 422 if request.method == "POST" else 200
