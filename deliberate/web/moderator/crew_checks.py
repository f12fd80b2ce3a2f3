"""Crews: what is odd about their records, and the stop button."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.permissions import Action, Subject, may
from deliberate.domain.suspicion import Reach
from deliberate.queries import crew_checks as queries
from deliberate.queries import subjects, suspensions
from deliberate.services import suspensions as deeds

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.tablets import StopForm, WhyForm, WidenForm
from ..store import config, reader, transaction
from .blueprint import bp


def about_crew(crew_id: int, **_args: Any) -> Subject:
    """A crew of this community, with its people."""
    return subjects.of_crew(reader(), crew_id, g.community.id)


@bp.get("/crews", endpoint="crew_checks")
@allow(Action.MANAGE_DEVICES)
def crews() -> ResponseReturnValue:
    """Every crew of the running rounds, with its signs."""
    lines = queries.of_community(reader(), g.community.id)
    return render_template(
        "moderator/crew_checks.html", lines=lines, to_recheck=suspensions.waiting(reader(), g.community.id)
    )


@bp.get("/crews/<int:crew_id>")
@allow(Action.MANAGE_DEVICES, about=about_crew)
def crew_check(crew_id: int) -> ResponseReturnValue:
    """Before a crew is stopped, or trusted again."""
    return _page(crew_id, StopForm(formdata=None))


def _everything_of(crew_id: int) -> Lock:
    return Lock.crew(_round_of(crew_id), suspensions.concerned(reader(), crew_id))


def _round_of(crew_id: int) -> int:
    return queries.in_community(reader(), crew_id, g.community.id).consent_round_id


@bp.post("/crews/<int:crew_id>/suspend")
@allow(Action.STOP_CREW, about=about_crew)
def suspend_crew(crew_id: int) -> ResponseReturnValue:
    """Stop it: what it delivers waits for a person, and so much of what counts is suspended."""
    form = StopForm()
    form.offer()
    if not form.validate():
        return _page(crew_id, form), 422
    with transaction(_everything_of(crew_id)) as tx:
        deeds.suspend_crew(
            tx.session,
            current_actor(),
            crew_id,
            text(form.reason),
            Reach(form.reach.data),
            key=config().code_key,
            now=tx.now,
        )
    flash(_("小组已暂停。它以后送来的记录先留下，等人决定。"))
    return redirect(url_for(".crew_checks"))


@bp.post("/crews/<int:crew_id>/widen")
@allow(Action.STOP_CREW, about=about_crew)
def widen_suspension(crew_id: int) -> ResponseReturnValue:
    """A stopped crew: more of what it registered is suspended, without trusting it meanwhile."""
    form = WidenForm()
    if not form.validate():
        return _page(crew_id, WhyForm(formdata=None), form), 422
    with transaction(_everything_of(crew_id)) as tx:
        deeds.widen_suspension(
            tx.session, current_actor(), crew_id, Reach(form.reach.data), key=config().code_key, now=tx.now
        )
    flash(_("这些意见表先不计入，逐份核实。"))
    return redirect(url_for(".crew_checks"))


@bp.post("/crews/<int:crew_id>/lift")
@allow(Action.STOP_CREW, about=about_crew)
def lift_suspension(crew_id: int) -> ResponseReturnValue:
    """Trust it again."""
    form = WhyForm()
    if not form.validate():
        stopped = suspensions.standing(reader(), crew_id) is not None
        return _page(crew_id, form if stopped else StopForm(formdata=None)), 422
    try:
        with transaction(Lock.round(_round_of(crew_id))) as tx:
            deeds.lift_suspension(tx.session, current_actor(), crew_id, text(form.reason), now=tx.now)
    except deeds.NotTrusted as refusal:
        status = show_refusal(form, refusal)
        return _page(crew_id, form), status
    flash(_("小组已恢复。暂停期间送来的记录仍然逐条决定。"))
    return redirect(url_for(".crew_checks"))


def _page(crew_id: int, form: WhyForm, widen: WidenForm | None = None) -> str:
    if isinstance(form, StopForm):
        form.offer()
    return render_template(
        "moderator/crew_check.html",
        crew=queries.in_community(reader(), crew_id, g.community.id),
        own=not may(current_actor(), Action.STOP_CREW, about_crew(crew_id)),
        signs=queries.signs_of(reader(), [crew_id])[crew_id],
        suspension=suspensions.standing(reader(), crew_id),
        papers=len(suspensions.counted_papers(reader(), crew_id)),
        form=form,
        widen=widen or WidenForm(formdata=None),
    )
