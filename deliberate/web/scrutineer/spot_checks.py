"""The spot check before its scrutineer: plan, dice, list, progress, verdict; the end of a full recheck."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.round import DutyKind
from deliberate.queries import spot_samples, subjects
from deliberate.services import full_rechecks, revisits, spot_draws
from deliberate.services import spot_checks as deeds

from ..access import allow, current_actor
from ..checking import Desk, desk_of
from ..forms.fields import show_refusal, text
from ..forms.spot_checks import AssignForm, PlanForm, SeedForm
from ..plain import number_in
from ..results import about_round, shown_risk, the_counting
from ..store import reader, transaction
from .blueprint import bp
from .sheets import about_signing


def _lock(round_id: int) -> Lock:
    return Lock(proposal_id=the_counting(round_id).proposal.id, round_id=round_id)


@bp.get("/checks/<int:round_id>")
@allow(Action.SCRUTINISE, about=about_round)
def spot_check(round_id: int) -> ResponseReturnValue:
    """Where the check stands and what is due."""
    return _page(round_id)


def _page(round_id: int, *, seed_form: SeedForm | None = None) -> str:
    desk = desk_of(the_counting(round_id))
    return render_template(
        "scrutineer/spot_check.html",
        desk=desk,
        plan_form=_plan_form(desk, PlanForm(formdata=None)),
        seed_form=seed_form or SeedForm(formdata=None),
        shown_risk=shown_risk,
    )


def _plan_form(desk: Desk, form: PlanForm) -> PlanForm:
    form.allowed.choices = [
        (
            str(plan.allowed),
            _("%(allowed)s 户：抽 %(sample)s 户", allowed=plan.allowed, sample=plan.sample)
            if plan.sample
            else _("%(allowed)s 户：抽查要超过一半，直接全面复核", allowed=plan.allowed),
        )
        for plan in desk.plans
    ]
    return form


@bp.post("/checks/<int:round_id>/plan")
@allow(Action.SPOT_CHECK, about=about_signing)
def plan_check(round_id: int) -> ResponseReturnValue:
    """Fix the plan."""
    allowed = text(PlanForm().allowed)
    with transaction(_lock(round_id)) as tx:
        deeds.plan(
            tx.session,
            current_actor(),
            round_id,
            allowed=number_in(allowed),
            now=tx.now,
        )
    flash(_("抽查方案已定下，并写入存证。"))
    return redirect(url_for(".spot_check", round_id=round_id))


@bp.post("/checks/<int:round_id>/draw")
@allow(Action.SPOT_CHECK, about=about_signing)
def draw_check(round_id: int) -> ResponseReturnValue:
    """Draw by the dice."""
    form = SeedForm()
    if not form.validate():
        return _page(round_id, seed_form=form), 422
    try:
        with transaction(_lock(round_id)) as tx:
            spot_draws.draw(tx.session, current_actor(), round_id, text(form.seed), now=tx.now)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(round_id, seed_form=form), status
    flash(_("已抽取，回访名单已分给其他小组的人。"))
    return redirect(url_for(".spot_check", round_id=round_id))


@bp.post("/checks/<int:round_id>/verdict")
@allow(Action.SPOT_CHECK, about=about_signing)
def conclude_check(round_id: int) -> ResponseReturnValue:
    """Judge the sample."""
    with transaction(_lock(round_id)) as tx:
        deeds.conclude_check(tx.session, current_actor(), round_id, now=tx.now)
    flash(_("抽查结论已写入存证。"))
    return redirect(url_for(".spot_check", round_id=round_id))


@bp.post("/checks/<int:round_id>/finish")
@allow(Action.SPOT_CHECK, about=about_signing)
def finish_recheck(round_id: int) -> ResponseReturnValue:
    """End the full recheck."""
    with transaction(_lock(round_id)) as tx:
        full_rechecks.finish(tx.session, current_actor(), round_id, now=tx.now)
    flash(_("全面复核已结束，结论已写入存证。"))
    return redirect(url_for(".spot_check", round_id=round_id))


def about_sample(sample_id: int, **_args: object) -> Subject:
    """The round of a home of the sample, with its scrutineers on duty."""
    round_id = _the_home(sample_id).sample.consent_round_id
    return subjects.of_round(reader(), round_id, g.community.id, duty=DutyKind.SCRUTINEER)


def _the_home(sample_id: int) -> spot_samples.Asked:
    found = spot_samples.one_asked(reader(), g.community.id, sample_id)
    if found is None:
        raise NotFound()
    return found


@bp.post("/revisits/<int:sample_id>/assign")
@allow(Action.SPOT_CHECK, about=about_sample)
def assign_revisit(sample_id: int) -> ResponseReturnValue:
    """Somebody else asks there."""
    round_id, typed = _the_home(sample_id).sample.consent_round_id, text(AssignForm().account_id)
    with transaction(_lock(round_id)) as tx:
        revisits.reassign(tx.session, current_actor(), sample_id, number_in(typed), now=tx.now)
    flash(_("已改派。"))
    return redirect(url_for(".spot_check", round_id=round_id))
