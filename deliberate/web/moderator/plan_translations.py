"""Translating a fixed plan, with the Chinese text beside the form."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import plan_translations, proposals
from deliberate.services import plan_translations as deeds

from ..access import allow, current_actor
from ..forms.fields import show_refusal
from ..forms.plan_translations import PlanTranslationForm
from ..matters import about_matter, the_matter
from ..store import reader, transaction
from .blueprint import bp


@bp.route("/matters/<int:number>/plans/<int:n>/translation", methods=["GET", "POST"])
@allow(Action.MODERATE, about=about_matter)
def translate_plan(number: int, n: int) -> ResponseReturnValue:
    """Put a translation beside the plan; the Chinese text stays the one that counts."""
    proposal = the_matter(number)
    plan = next((one for one in proposals.matter(reader(), proposal).plans if one.n == n), None)
    if plan is None:
        raise NotFound()
    have = plan_translations.newest(reader(), plan.id)
    form = PlanTranslationForm(obj=have.get(request.args.get("language", "")))
    if form.validate_on_submit() and _translated(proposal.id, n, form):
        flash(_("译文已经保存，和中文原文一起显示。"))
        return redirect(url_for("public.plan", number=number, n=n))
    page = render_template("moderator/plan_translation.html", form=form, number=number, plan=plan, have=have)
    return page, 422 if request.method == "POST" else 200


def _translated(proposal_id: int, n: int, form: PlanTranslationForm) -> bool:
    """Save, or show in the form why not."""
    try:
        with transaction(Lock.proposal(proposal_id)) as tx:
            deeds.translate_plan(tx.session, current_actor(), proposal_id, n, form.translation(), now=tx.now)
    except BadInput as refusal:
        show_refusal(form, refusal)
        return False
    return True
