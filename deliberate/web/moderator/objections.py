"""Objections at the desk: the queue, one case at a time, and one taken down for a household."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import N_, BadInput
from deliberate.domain.objection import ObjectionKind
from deliberate.domain.permissions import Action
from deliberate.domain.roll_address import parse_address
from deliberate.domain.rules import Electorate
from deliberate.queries import objections as filed
from deliberate.queries import objectors
from deliberate.services import objections as deeds

from .. import rechecking, tables
from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.objections import DeskObjectionForm
from ..objecting_words import voice_words
from ..results import about_round, the_counting
from ..store import reader, transaction
from .blueprint import bp
from .tables import objection_table


@bp.get("/objections")
@allow(Action.SEE_DESK)
def objections() -> ResponseReturnValue:
    """What waits for an answer, the most urgent first."""
    return tables.page("moderator/objections.html", register=objection_table())


@bp.get("/objections/<int:objection_id>")
@allow(Action.HANDLE_OBJECTION, about=rechecking.about_objection)
def objection(objection_id: int) -> ResponseReturnValue:
    """One case."""
    return rechecking.page(objection_id)


@bp.post("/objections/<int:objection_id>/take")
@allow(Action.HANDLE_OBJECTION, about=rechecking.about_objection)
def take_recheck(objection_id: int) -> ResponseReturnValue:
    """Take the recheck."""
    return rechecking.take(objection_id, ".objection")


@bp.post("/objections/<int:objection_id>")
@allow(Action.HANDLE_OBJECTION, about=rechecking.about_objection)
def answer_objection(objection_id: int) -> ResponseReturnValue:
    """Answer it in writing."""
    return rechecking.answer(objection_id, ".objections")


@bp.get("/counting/<int:round_id>/objection")
@allow(Action.RUN_ROUND, about=about_round)
def take_objection(round_id: int) -> ResponseReturnValue:
    """Take an objection down for a household."""
    return _desk_page(round_id, DeskObjectionForm(_asked(round_id), formdata=None))


def _asked(round_id: int) -> list[tuple[str, str]]:
    """Whom the round asks, as choices: households, and where it asks them, owners."""
    asked = objectors.asked(reader(), the_counting(round_id).round.id)
    return [(unit.value, voice_words(unit)) for unit in Electorate if unit in asked]


def _desk_page(round_id: int, form: DeskObjectionForm) -> str:
    return render_template("moderator/take_objection.html", counting=the_counting(round_id), form=form)


@bp.post("/counting/<int:round_id>/objection")
@allow(Action.RUN_ROUND, about=about_round)
def file_objection(round_id: int) -> ResponseReturnValue:
    """File it."""
    form = DeskObjectionForm(_asked(round_id))
    if not form.validate():
        return _desk_page(round_id, form), 422
    home = _home(text(form.home))
    if home is None:
        form.home.errors = [_("没有找到这一户，或者有几户同号。请写上小区名，例如：新建小区3-2-501。")]
        return _desk_page(round_id, form), 422
    try:
        _file(round_id, home, form)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _desk_page(round_id, form), status
    flash(_("异议已登记。"))
    return redirect(url_for(".counting", round_id=round_id))


def _file(round_id: int, home: int, form: DeskObjectionForm) -> None:
    with transaction(Lock.round(round_id)) as tx:
        deeds.file_objection(
            tx.session,
            current_actor(),
            round_id,
            home,
            ObjectionKind(form.kind.data),
            text(form.statement),
            entry_id=_meant(round_id, home, form),
            now=tx.now,
        )


def _meant(round_id: int, home: int, form: DeskObjectionForm) -> int | None:
    """The entry of the voice that was chosen; None where none was, or where the home is not on the roll."""
    on_roll = objectors.on_roll(reader(), round_id, home)
    if "voice" not in form or not form.voice.data or not on_roll:
        return None
    for entry in on_roll:
        if entry.electorate == form.voice.data:
            return entry.id
    raise BadInput(
        what=N_("没有登记异议。"),
        why=N_("这一户在这一轮没有这一份意见要问。"),
        next_step=N_("请改选另一份，或者核对门牌号；您填写的文字还在。"),
        field="voice",
    )


def _home(typed: str) -> int | None:
    """The one home that the address names."""
    at = parse_address("".join(typed.split()))
    if at is None:
        return None
    homes = filed.home_at(reader(), g.community.id, at.estate, at.building, at.unit, at.room)
    return homes[0].id if len(homes) == 1 else None
