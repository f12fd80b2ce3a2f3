"""A stack of papers at the desk: pictures are brought, each is matched by its serial, and entered one by one."""

from collections import Counter
from collections.abc import Sequence

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from deliberate.domain import serial as serials
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.domain.round import EvidenceRole
from deliberate.queries import spoilt
from deliberate.queries import stacks as queries
from deliberate.services import evidence, form_codes
from deliberate.services import stacks as deeds

from ..access import allow, current_actor
from ..forms.stack import StackForm
from ..store import files, reader, transaction
from .blueprint import bp
from .buildings import looked_for
from .walk import serving

MOST_AT_ONCE = 40
_REFUSED = "refused"


@bp.route("/stack", methods=["GET", "POST"])
@allow(Action.BRING_STACK)
def stack() -> ResponseReturnValue:
    """What waits, more pictures, or without any: the room on the paper, enter it, take the next one."""
    return _page(StackForm(formdata=None))


@bp.post("/stack/pictures")
@allow(Action.BRING_STACK)
def bring_pictures() -> ResponseReturnValue:
    """Keep every picture; one that cannot be read as a picture holds up none of the others."""
    form = StackForm()
    files = [file for file in form.pictures.data or [] if isinstance(file, FileStorage) and file.filename]
    if not form.validate() or not 1 <= len(files) <= MOST_AT_ONCE:
        form.pictures.errors = [_("请选1到40张照片。")]
        return _page(form), 422
    _say(Counter(_bring(file, serial) for file, serial in zip(files, _serials(len(files)), strict=True)))
    return redirect(url_for(".stack"))


def _serials(number: int) -> Sequence[str]:
    """As the browser read them off the pictures, in their order; it may not have been able to."""
    told = request.form.getlist("serial")
    return told if len(told) == number else [""] * number


def _bring(file: FileStorage, serial: str) -> str:
    try:
        shown = evidence.keep_exhibit(files(), EvidenceRole.PHOTO, file.stream.read(evidence.LARGEST + 1))
    except BadInput:
        return _REFUSED
    read = serial if serials.read(serial) is not None else _read_off(shown.sha256)
    with transaction() as tx:
        return deeds.bring(tx.session, current_actor(), g.community.id, shown, read, now=tx.now).intake


def _read_off(sha256: str) -> str:
    with files().open(evidence.name_of(sha256)) as picture:
        return form_codes.read_serial(picture)


def _say(became: Counter[str]) -> None:
    again = became[deeds.Intake.AGAIN] + became[deeds.Intake.ON_RECORD]
    if became[deeds.Intake.NEW]:
        flash(_("新收下的照片：%(n)s张。", n=became[deeds.Intake.NEW]))
    if again:
        flash(_("以前收过的照片：%(n)s张，没有重复收。", n=again), "warning")
    if became[_REFUSED]:
        flash(_("打不开的文件：%(n)s个，没有收下。请重新拍。", n=became[_REFUSED]), "warning")


def _page(form: StackForm) -> str:
    return render_template(
        "canvasser/stack.html",
        form=form,
        lines=queries.waiting(reader(), g.community.id),
        spoilt=spoilt.listed(reader(), current_actor(), g.community.id),
        mine=queries.next_of(reader(), current_actor().account_id, g.community.id),
        on_duty=any(one.running for one in serving()),
        serving=serving(),
        **looked_for(everywhere=True),
    )
