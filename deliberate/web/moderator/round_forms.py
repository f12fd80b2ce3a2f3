"""Numbered paper forms: issued to crews, handed back, and balanced each evening."""

from typing import TypeVar

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deliberate.db import Lock
from deliberate.domain import serial
from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.errors import BadInput, NotFound, Stale
from deliberate.domain.permissions import Action
from deliberate.queries import evenings, round_desk, rounds
from deliberate.services import evening, forms, stubs

from .. import tables
from ..access import allow, current_actor
from ..forms.fields import renew, show_refusal, text
from ..forms.rounds import CorrectReturnForm, EveningForm, IssueForm, ReturnForm
from ..printing import sheet
from ..qr import qr_code
from ..store import config, now, reader, transaction
from .blueprint import bp
from .rounds import about_round
from .tables import serial_table


@bp.get("/rounds/<int:round_id>/forms")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def round_forms(round_id: int) -> ResponseReturnValue:
    """The balance of every crew, and what went out and came back."""
    return _page(round_id)


@bp.post("/rounds/<int:round_id>/forms/issue")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def issue_forms(round_id: int) -> ResponseReturnValue:
    """Hand out the next serials."""
    form = _offer(IssueForm(), round_id)
    if not form.validate():
        return _page(round_id, issue=form), 422
    with transaction(Lock(round_id=round_id, community_id=g.community.id)) as tx:
        issued = forms.issue_forms(
            tx.session,
            current_actor(),
            _crew(round_id, form),
            form.number.data or 0,
            seen=form.seen.data,
            now=tx.now,
        )
        first, last = serial.printed(issued.first_serial), serial.printed(issued.last_serial)
    flash(_("已发放：%(first)s 到 %(last)s。", first=first, last=last))
    return redirect(url_for(".round_forms", round_id=round_id))


@bp.post("/rounds/<int:round_id>/forms/return")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def return_forms(round_id: int) -> ResponseReturnValue:
    """Blank and spoilt forms come back."""
    form = _offer(ReturnForm(), round_id)
    if not form.validate():
        return _page(round_id, back=form), 422
    try:
        with transaction(Lock.round(round_id)) as tx:
            forms.return_forms(
                tx.session,
                current_actor(),
                _crew(round_id, form),
                day_in_beijing(tx.now),
                form.blank.data or 0,
                form.spoilt.data or 0,
                text(form.note),
                seen=form.seen.data,
                now=tx.now,
            )
    except BadInput as refusal:
        form.blank.errors = [refusal.fill(_(refusal.why)), refusal.fill(_(refusal.next_step))]
        return _page(round_id, back=form), refusal.status
    except Stale as refusal:
        return _page(round_id, back=_looked_again(round_id, form, refusal)), refusal.status
    flash(_("已登记交回。"))
    return redirect(url_for(".round_forms", round_id=round_id))


@bp.post("/rounds/<int:round_id>/forms/correct")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def correct_return(round_id: int) -> ResponseReturnValue:
    """Too many were written down as handed back."""
    form = _offer(CorrectReturnForm(), round_id)
    if not form.validate():
        return _page(round_id, less=form), 422
    try:
        with transaction(Lock.round(round_id)) as tx:
            forms.correct_return(
                tx.session,
                current_actor(),
                _crew(round_id, form),
                day_in_beijing(tx.now),
                form.blank_less.data or 0,
                form.spoilt_less.data or 0,
                text(form.reason),
                seen=form.seen.data,
                now=tx.now,
            )
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(round_id, less=form), status
    except Stale as refusal:
        return _page(round_id, less=_looked_again(round_id, form, refusal)), refusal.status
    flash(_("交回的数目已更正，原因已记下。"))
    return redirect(url_for(".round_forms", round_id=round_id))


@bp.post("/rounds/<int:round_id>/forms/count")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def count_evening(round_id: int) -> ResponseReturnValue:
    """Sign what was counted by hand."""
    form = _offer(EveningForm(), round_id)
    if not form.validate():
        return _page(round_id, tonight=form), 422
    try:
        with transaction(Lock.round(round_id)) as tx:
            signed = evening.count_evening(
                tx.session,
                current_actor(),
                _crew(round_id, form),
                form.in_hand.data or 0,
                text(form.note),
                now=tx.now,
            )
            even = signed.difference == 0
    except BadInput as refusal:
        form.in_hand.errors = [refusal.fill(_(refusal.why)), refusal.fill(_(refusal.next_step))]
        return _page(round_id, tonight=form), refusal.status
    flash(_("已签下：对上了。") if even else _("已签下：没有对上，原因已记下。"))
    return redirect(url_for(".round_forms", round_id=round_id))


@bp.post("/rounds/<int:round_id>/forms/<int:issue_id>/stubs")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def print_stubs(round_id: int, issue_id: int) -> ResponseReturnValue:
    """The tear-off stubs of one handing-out, as sheets; of registered forms none."""
    start = request.form.get("start", 0, type=int)
    with transaction() as tx:
        made = stubs.print_stubs(
            tx.session, current_actor(), round_id, issue_id, start, key=config().code_key, now=tx.now
        )
    address = url_for("resident.check", _external=True)
    return sheet(
        "moderator/stub_sheets.html",
        f"stubs-{round_id}-{issue_id}",
        stubs=[(stub, qr_code(f"{address}#{stub.code}")) for stub in made],
        address=address,
        back_url=url_for(".round_forms", round_id=round_id),
    )


Return = TypeVar("Return", ReturnForm, CorrectReturnForm)


def _looked_again(round_id: int, form: Return, refusal: Stale) -> Return:
    """The form with what was typed, on a page that shows what was handed back meanwhile."""
    show_refusal(form, refusal)
    renew(form.seen, forms.newest_return(reader(), round_id))
    return form


def _crew(round_id: int, form: IssueForm | ReturnForm | CorrectReturnForm | EveningForm) -> int:
    crew = round_desk.crew(reader(), round_id, int(form.crew.data))
    if crew is None:
        raise NotFound()
    return crew.id


Form = TypeVar("Form", IssueForm, ReturnForm, CorrectReturnForm, EveningForm)


def _offer(form: Form, round_id: int) -> Form:
    form.crew.choices = [(crew.id, crew.name) for crew in round_desk.crews(reader(), round_id)]
    return form


def _page(
    round_id: int,
    issue: IssueForm | None = None,
    back: ReturnForm | None = None,
    less: CorrectReturnForm | None = None,
    tonight: EveningForm | None = None,
) -> str | Response:
    balances = forms.balance(reader(), round_id)
    events = round_desk.form_events(reader(), round_id)
    newest = forms.newest_serial(reader(), g.community.id)
    last_back = forms.newest_return(reader(), round_id)
    return tables.page(
        "moderator/round_forms.html",
        shown=rounds.view(reader(), g.community.id, round_id, now=now()),
        balances=balances,
        waiting={one.crew.id: len(evenings.waiting(reader(), one.crew.id)) for one in balances},
        counts=evenings.of_round(reader(), round_id),
        tonight=tonight or _offer(EveningForm(formdata=None), round_id),
        events=events,
        issue=issue or _offer(IssueForm(formdata=None, seen=newest), round_id),
        back=back or _offer(ReturnForm(formdata=None, seen=last_back), round_id),
        less=less or _offer(CorrectReturnForm(formdata=None, seen=last_back), round_id),
        printed=serial.printed,
        serials=serial_table(events),
    )
