"""Vacant homes left off the roll of a round: a list with reasons, posted for challenge (rule 2)."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deliberate.db import Lock
from deliberate.domain.permissions import Action
from deliberate.queries import posted, postings, roll_preview, rounds
from deliberate.services import left_out as deeds
from deliberate.services.rounds import settings_of

from .. import certifying
from ..access import allow, current_actor
from ..forms.fields import text
from ..forms.rounds import LeaveOutForm
from ..store import now, reader, roll_transaction
from .blueprint import bp


@bp.get("/certify/<int:round_id>/left-out")
@allow(Action.CHANGE_ROLL, about=certifying.about_round)
def left_out(round_id: int) -> ResponseReturnValue:
    """Vacant homes, and those already on the list."""
    return _page(round_id, LeaveOutForm(formdata=None))


@bp.post("/certify/<int:round_id>/left-out")
@allow(Action.CHANGE_ROLL, about=certifying.about_round)
def leave_out(round_id: int) -> ResponseReturnValue:
    """Put homes on the list."""
    form = LeaveOutForm()
    form.homes.choices = _offered(round_id)
    if not form.validate():
        return _page(round_id, form), 422
    with roll_transaction(Lock.round(round_id)) as tx:
        number = deeds.leave_out(
            tx.session, current_actor(), round_id, form.homes.data or (), text(form.reason), now=tx.now
        )
    flash(ngettext("%(n)s 户已列入名单并公示。", "%(n)s 户已列入名单并公示。", number, n=number))
    return redirect(url_for(".left_out", round_id=round_id))


@bp.post("/certify/<int:round_id>/left-out/<int:household_id>/back")
@allow(Action.CHANGE_ROLL, about=certifying.about_round)
def put_back(round_id: int, household_id: int) -> ResponseReturnValue:
    """Take a home off the list: it counts again."""
    with roll_transaction(Lock.round(round_id)) as tx:
        deeds.put_back(tx.session, current_actor(), round_id, household_id, now=tx.now)
    flash(_("这一户已移出空置名单，照常列入名册。"))
    return redirect(url_for(".left_out", round_id=round_id))


def _offered(round_id: int) -> list[tuple[int, str]]:
    shown = rounds.view(reader(), g.community.id, round_id, now=now())
    return [(home.id, str(home.id)) for home in roll_preview.vacant_homes(reader(), shown.round)]


def _page(round_id: int, form: LeaveOutForm) -> str:
    shown = rounds.view(reader(), g.community.id, round_id, now=now())
    return render_template(
        "registrar/left_out.html",
        shown=shown,
        form=form,
        vacant=roll_preview.vacant_homes(reader(), shown.round),
        listed=posted.left_out_rooms(reader(), round_id),
        days=settings_of(shown.round).left_out_days,
        until=postings.left_out_shown_until(reader(), round_id),
        hint=_("只有户册里登记为空置的住房可以列入。"),
    )
