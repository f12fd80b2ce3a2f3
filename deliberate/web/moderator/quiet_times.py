"""Days and hours at which nobody is visited."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import devices
from deliberate.services import quiet

from ..access import allow, current_actor
from ..forms.fields import show_refusal
from ..forms.tablets import QuietForm
from ..store import now, reader, transaction
from .blueprint import bp


def about_quiet(quiet_id: int, **_args: Any) -> Subject:
    """A span of this community."""
    devices.quiet_time(reader(), quiet_id, g.community.id)
    return Subject(g.community.id)


@bp.get("/quiet-times", endpoint="quiet_times")
@allow(Action.CHANGE_SETTINGS)
def spans() -> ResponseReturnValue:
    """The spans that are still to come or hold now."""
    return _page(QuietForm(formdata=None))


@bp.post("/quiet-times")
@allow(Action.CHANGE_SETTINGS)
def add_quiet_time() -> ResponseReturnValue:
    """One more."""
    form = QuietForm()
    if not form.validate():
        return _page(form), 422
    try:
        with transaction() as tx:
            quiet.add_quiet(tx.session, current_actor(), g.community.id, *form.span, now=tx.now)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(form), status
    flash(_("已经保存，平板下次联网就会知道。"))
    return redirect(url_for(".quiet_times"))


@bp.post("/quiet-times/<int:quiet_id>/drop")
@allow(Action.CHANGE_SETTINGS, about=about_quiet)
def drop_quiet_time(quiet_id: int) -> ResponseReturnValue:
    """It no longer holds."""
    with transaction() as tx:
        quiet.drop_quiet(tx.session, current_actor(), quiet_id, now=tx.now)
    flash(_("已经取消。"))
    return redirect(url_for(".quiet_times"))


def _page(form: QuietForm) -> str:
    spans = devices.quiet_times(reader(), g.community.id, now())
    return render_template("moderator/quiet_times.html", spans=spans, form=form)
