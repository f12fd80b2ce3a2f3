"""The count sheet before its scrutineer: read, recounted, signed."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.round import DutyKind
from deliberate.queries import counts, subjects
from deliberate.services import counting as deeds
from deliberate.services import sheets

from ..access import allow, current_actor
from ..forms.counting import SignForm
from ..forms.fields import text
from ..results import about_round, sheet_on_paper, the_counting
from ..store import reader, transaction
from .blueprint import bp


def about_signing(round_id: int, **_args: object) -> Subject:
    """The round of the address, with its scrutineers on duty."""
    return subjects.of_round(reader(), round_id, g.community.id, duty=DutyKind.SCRUTINEER)


@bp.get("/sheets/<int:round_id>")
@allow(Action.SCRUTINISE, about=about_round)
def sheet(round_id: int) -> ResponseReturnValue:
    """The sheet in force, with a recount made now."""
    one = the_counting(round_id)
    last = one.last
    mine = counts.duty_of(reader(), round_id, current_actor().account_id, DutyKind.SCRUTINEER)
    return render_template(
        "scrutineer/sheet.html",
        counting=one,
        sheet=last,
        same=last is not None and sheets.holds(reader(), one.round, last.sheet),
        mine=mine is not None,
        form=SignForm(formdata=None, sha256=last.sheet.sha256 if last else ""),
    )


@bp.post("/sheets/<int:round_id>/<int:n>/sign")
@allow(Action.SIGN_COUNT, about=about_signing)
def sign_sheet(round_id: int, n: int) -> ResponseReturnValue:
    """Sign what was on the screen."""
    form = SignForm()
    one = the_counting(round_id)
    sheet_id, lock = counts.one_of(one, n).sheet.id, Lock(proposal_id=one.proposal.id, round_id=round_id)
    with transaction(lock) as tx:
        deeds.sign_sheet(tx.session, current_actor(), sheet_id, text(form.sha256), now=tx.now)
    flash(_("您已签名。"))
    return redirect(url_for(".sheet", round_id=round_id))


@bp.get("/sheets/<int:round_id>/<int:n>/print")
@allow(Action.SCRUTINISE, about=about_round)
def count_sheet(round_id: int, n: int) -> ResponseReturnValue:
    """The sheet on paper."""
    one = the_counting(round_id)
    return sheet_on_paper(one, counts.one_of(one, n), url_for(".sheet", round_id=round_id))
