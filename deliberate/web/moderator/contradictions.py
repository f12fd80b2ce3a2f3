"""Households whose answers differ: a queue, and one case at a time for the person who took it."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.consent import Answer
from deliberate.domain.errors import Stale
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import contradictions, subjects
from deliberate.queries.contradictions import Case
from deliberate.services import answerable, cases
from deliberate.services import contradictions as deeds

from ..access import allow, current_actor
from ..forms.fields import new_request_id, renew, show_refusal, text, words_of
from ..forms.rounds import SettleForm
from ..store import config, reader, transaction
from .blueprint import bp

NEITHER = "neither"


def about_entry(entry_id: int, **_args: Any) -> Subject:
    """The household of the address, with those who had a hand in its answers."""
    return subjects.of_case(reader(), entry_id, g.community.id)


@bp.get("/contradictions", endpoint="contradictions")
@allow(Action.SEE_DESK)
def queue() -> ResponseReturnValue:
    """The queue, without any answer."""
    return render_template("moderator/contradictions.html", cases=_queue())


@bp.post("/contradictions/<int:entry_id>/take")
@allow(Action.SETTLE, about=about_entry)
def take_case(entry_id: int) -> ResponseReturnValue:
    """Take a case; from now on it is this person's."""
    with transaction(_lock(entry_id)) as tx:
        cases.take_case(tx.session, current_actor(), entry_id, now=tx.now)
    return redirect(url_for(".contradiction", entry_id=entry_id))


@bp.get("/contradictions/<int:entry_id>")
@allow(Action.SETTLE, about=about_entry)
def contradiction(entry_id: int) -> ResponseReturnValue:
    """Both sides with their evidence, for the person who took the case."""
    form = SettleForm(formdata=None, request_id=new_request_id())
    return _page(entry_id, form)


@bp.post("/contradictions/<int:entry_id>")
@allow(Action.SETTLE, about=about_entry)
def settle(entry_id: int) -> ResponseReturnValue:
    """Settle it, with the ground."""
    form = SettleForm()
    form.stands.choices = _choices()
    if not form.validate():
        return _page(entry_id, form), 422
    stands = None if form.stands.data == NEITHER else Answer(form.stands.data)
    said = deeds.Settlement(stands, text(form.reason), form.seen_ids)
    try:
        with transaction(_lock(entry_id)) as tx:
            deeds.settle(
                tx.session,
                current_actor(),
                entry_id,
                said,
                request_id=text(form.request_id),
                key=config().code_key,
                now=tx.now,
            )
    except Stale as refusal:
        status = show_refusal(form, refusal)
        renew(form.stands, None)
        return _page(entry_id, form), status
    flash(_("核实结果已保存。"))
    return redirect(url_for(".contradictions"))


def _lock(entry_id: int) -> Lock:
    entry, _round = answerable.entry_of(reader(), entry_id)
    return Lock.answer(entry.consent_round_id, entry_id)


def _queue() -> list[Case]:
    return contradictions.queue(reader(), current_actor(), g.community.id)


def _choices(answers: set[Answer | None] | None = None) -> list[tuple[str, str]]:
    offered = [answer for answer in Answer if answers is None or answer in answers]
    return [*words_of(offered), (NEITHER, _("都不计入"))]


def _page(entry_id: int, form: SettleForm) -> str:
    cases.require_holder(reader(), current_actor(), entry_id)
    sides = contradictions.sides(reader(), entry_id)
    form.stands.choices = _choices({side.answer for side in sides})
    form.show(side.consent_id for side in sides)
    case = next(case for case in _queue() if case.entry.id == entry_id)
    return render_template("moderator/contradiction.html", case=case, sides=sides, form=form)
