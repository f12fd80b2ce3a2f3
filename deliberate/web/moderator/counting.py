"""From the end of answering to the gate: close, show, amend, conclude, begin to carry out."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.round import DutyKind
from deliberate.queries import counts, executions, objections, subjects
from deliberate.services import closing, execution, outcomes
from deliberate.services import counting as deeds

from ..access import allow, current_actor
from ..forms.counting import AmendForm
from ..forms.fields import show_refusal, text
from ..results import about_round, sheet_on_paper, the_counting
from ..store import now, reader, transaction
from .blueprint import bp
from .counting_steps import steps_of


def about_closing(round_id: int, **_args: object) -> Subject:
    """The round of the address, with its moderators on duty."""
    return subjects.of_round(reader(), round_id, g.community.id, duty=DutyKind.MODERATOR)


def _lock(round_id: int) -> Lock:
    return Lock(proposal_id=the_counting(round_id).proposal.id, round_id=round_id)


@bp.get("/counting")
@allow(Action.SEE_DESK)
def countings() -> ResponseReturnValue:
    """Every round that is being counted, and every matter behind the gate."""
    return render_template(
        "moderator/countings.html",
        countings=counts.under_way(reader(), g.community.id),
        open_objections=objections.open_in(reader(), g.community.id),
        carried=executions.under_way(reader(), g.community.id),
    )


@bp.get("/counting/<int:round_id>")
@allow(Action.RUN_ROUND, about=about_round)
def counting(round_id: int) -> ResponseReturnValue:
    """The six steps of one round."""
    return _page(round_id, AmendForm(formdata=None))


def _page(round_id: int, form: AmendForm) -> str:
    one = the_counting(round_id)
    return render_template(
        "moderator/counting.html",
        counting=one,
        steps=steps_of(one),
        asked=objections.open_in(reader(), g.community.id, round_id),
        answered=objections.answered_in(reader(), round_id),
        form=form,
        today=now(),
    )


@bp.post("/counting/<int:round_id>/close")
@allow(Action.CLOSE_ROUND, about=about_closing)
def end_counting(round_id: int) -> ResponseReturnValue:
    """End the round for good and make its sheet."""
    with transaction(_lock(round_id)) as tx:
        closing.close_round(tx.session, current_actor(), round_id, now=tx.now)
    flash(_("统计已结束，意见统计表已做好，等监票人签名。"))
    return redirect(url_for(".counting", round_id=round_id))


@bp.post("/counting/<int:round_id>/show")
@allow(Action.RUN_ROUND, about=about_round)
def show_result(round_id: int) -> ResponseReturnValue:
    """Show the preliminary result for objection."""
    with transaction(_lock(round_id)) as tx:
        deeds.show_result(tx.session, current_actor(), round_id, now=tx.now)
    flash(_("初步结果已公示，住户可以提出异议。"))
    return redirect(url_for(".counting", round_id=round_id))


@bp.post("/counting/<int:round_id>/amend")
@allow(Action.CLOSE_ROUND, about=about_closing)
def amend_sheet(round_id: int) -> ResponseReturnValue:
    """A further sheet with its reason."""
    form = AmendForm()
    if not form.validate():
        return _page(round_id, form), 422
    try:
        with transaction(_lock(round_id)) as tx:
            deeds.amend_sheet(tx.session, current_actor(), round_id, text(form.reason), now=tx.now)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(round_id, form), status
    flash(_("统计表已更正，等监票人重新签名。"))
    return redirect(url_for(".counting", round_id=round_id))


@bp.post("/counting/<int:round_id>/conclude")
@allow(Action.CONCLUDE, about=about_round)
def conclude(round_id: int) -> ResponseReturnValue:
    """Compute the outcome and publish it."""
    with transaction(_lock(round_id)) as tx:
        outcomes.conclude(tx.session, current_actor(), round_id, now=tx.now)
    flash(_("最终结果已确定并公告。"))
    return redirect(url_for(".counting", round_id=round_id))


@bp.post("/counting/<int:round_id>/execute")
@allow(Action.EXECUTE, about=about_round)
def start_execution(round_id: int) -> ResponseReturnValue:
    """Through the gate."""
    proposal = the_counting(round_id).proposal
    with transaction(_lock(round_id)) as tx:
        execution.start(tx.session, current_actor(), proposal.id, now=tx.now)
    flash(_("可以实施了。请把要做的事列成任务。"))
    return redirect(url_for(".execution", number=proposal.number))


@bp.get("/counting/<int:round_id>/sheet/<int:n>")
@allow(Action.RUN_ROUND, about=about_round)
def count_sheet(round_id: int, n: int) -> ResponseReturnValue:
    """A sheet on paper, also before it is public."""
    one = the_counting(round_id)
    return sheet_on_paper(one, counts.one_of(one, n), url_for(".counting", round_id=round_id))
