"""A household objects to a preliminary result, and reads the answers."""

from collections.abc import Sequence
from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.objection import ObjectionKind
from deliberate.domain.permissions import Action
from deliberate.queries import counts, objections, objectors
from deliberate.services import objections as deeds

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.objections import ObjectionForm
from ..homes import my_home_or_owned_id
from ..objecting_words import choices
from ..results import the_counting
from ..store import now, reader, transaction
from .blueprint import bp
from .household import my_household


def _home() -> int:
    """The home that objects; whoever has none here is at the wrong page, a moderator's is at the desk."""
    home = my_home_or_owned_id()
    if home is None:
        raise NotFound()
    return home


def objecting_until(round_id: int) -> datetime | None:
    """How long a household may still object to the result of a closed round; None when it may not."""
    until = counts.objection_until(reader(), round_id)
    over = until is None or now() >= until or counts.outcome_of(reader(), round_id) is not None
    return None if over else until


def objected_until(round_id: int) -> datetime | None:
    """Till when a household could object, where that is over; None before and while it may."""
    return None if objecting_until(round_id) else counts.objection_until(reader(), round_id)


@bp.get("/rounds/<int:round_id>/objection")
@allow(Action.OBJECT, about=my_household)
def object_to(round_id: int) -> ResponseReturnValue:
    """The form, and what this household filed before."""
    return _page(round_id, ObjectionForm(_whose(round_id), formdata=None))


def _voices(round_id: int) -> Sequence[objectors.Voice]:
    """Whose answers the reader may object to."""
    return objectors.own(reader(), current_actor(), round_id, _home())


def _whose(round_id: int) -> list[tuple[str, str]]:
    """The same as choices: of several the reader says which is meant."""
    return choices(_voices(round_id), _home())


def _page(round_id: int, form: ObjectionForm) -> str:
    counting, home = the_counting(round_id), _home()
    return render_template(
        "resident/object.html",
        counting=counting,
        filed=objections.of_voice(reader(), current_actor(), round_id, home),
        whose=dict(_whose(round_id)),
        may_object=objecting_until(round_id) is not None,
        form=form,
    )


@bp.post("/rounds/<int:round_id>/objection")
@allow(Action.OBJECT, about=my_household)
def file_objection(round_id: int) -> ResponseReturnValue:
    """File it; a second click files nothing more."""
    the_counting(round_id)
    form = ObjectionForm(_whose(round_id))
    if not form.validate():
        return _page(round_id, form), 422
    try:
        _file(round_id, form)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(round_id, form), status
    flash(_("您家的异议已登记。没有登记过您家意见的人会复核，并书面答复您。"))
    return redirect(url_for(".object_to", round_id=round_id))


def _file(round_id: int, form: ObjectionForm) -> None:
    kind, said = ObjectionKind(form.kind.data), text(form.statement)
    home, entry_id = _meant(round_id, text(form.voice) if "voice" in form else "")
    with transaction(Lock.round(round_id)) as tx:
        deeds.file_objection(
            tx.session, current_actor(), round_id, home, kind, said, entry_id=entry_id, now=tx.now
        )


def _meant(round_id: int, chosen: str) -> tuple[int, int | None]:
    """The home and the entry that were chosen, or that are the only ones."""
    for one in _voices(round_id):
        if chosen in ("", str(one.entry.id)):
            return one.home.id, one.entry.id
    return _home(), None
