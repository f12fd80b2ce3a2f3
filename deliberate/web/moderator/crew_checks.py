"""Crews: what is odd about their records, and the stop button."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import crew_checks as queries
from deliberate.services import quarantine

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.tablets import WhyForm
from ..store import reader, transaction
from .blueprint import bp


def about_crew(crew_id: int, **_args: Any) -> Subject:
    """A crew of this community."""
    queries.in_community(reader(), crew_id, g.community.id)
    return Subject(g.community.id)


@bp.get("/crews", endpoint="crew_checks")
@allow(Action.MANAGE_DEVICES)
def crews() -> ResponseReturnValue:
    """Every crew of the running rounds, with its signs."""
    lines = queries.of_community(reader(), g.community.id)
    return render_template("moderator/crew_checks.html", lines=lines)


@bp.get("/crews/<int:crew_id>")
@allow(Action.MANAGE_DEVICES, about=about_crew)
def crew_check(crew_id: int) -> ResponseReturnValue:
    """Before a crew is stopped, or trusted again."""
    return _page(crew_id, WhyForm(formdata=None))


@bp.post("/crews/<int:crew_id>/suspend")
@allow(Action.MANAGE_DEVICES, about=about_crew)
def suspend_crew(crew_id: int) -> ResponseReturnValue:
    """Stop it: what it delivers from now on waits for a person."""
    return _with_reason(crew_id, quarantine.suspend_crew, _("小组已暂停。它以后送来的记录先留下,等人决定。"))


@bp.post("/crews/<int:crew_id>/lift")
@allow(Action.MANAGE_DEVICES, about=about_crew)
def lift_suspension(crew_id: int) -> ResponseReturnValue:
    """Trust it again."""
    return _with_reason(
        crew_id, quarantine.lift_suspension, _("小组已恢复。暂停期间送来的记录仍然逐条决定。")
    )


def _with_reason(crew_id: int, deed: Callable[..., object], done: str) -> ResponseReturnValue:
    form = WhyForm()
    if not form.validate():
        return _page(crew_id, form), 422
    try:
        with transaction() as tx:
            deed(tx.session, current_actor(), crew_id, text(form.reason), now=tx.now)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(crew_id, form), status
    flash(done)
    return redirect(url_for(".crew_checks"))


def _page(crew_id: int, form: WhyForm) -> str:
    return render_template(
        "moderator/crew_check.html",
        crew=queries.in_community(reader(), crew_id, g.community.id),
        signs=queries.signs_of(reader(), [crew_id])[crew_id],
        suspension=queries.suspension(reader(), crew_id),
        form=form,
    )
