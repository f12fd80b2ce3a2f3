"""The round as a household sees it: the plan, its own answer, change, receipt.

Works for an account and for the holder of a letter alike. What a household answered is shown to its members who are
signed in, of what was recorded before they joined only after the round is closed; with a letter only in the browser
that gave it, or by its receipt (rule 12).
"""

import logging
from collections.abc import Sequence
from functools import partial

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError

from deliberate import logs
from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotFound, Refusal
from deliberate.domain.path import PLACE, STOPPED
from deliberate.domain.permissions import Action
from deliberate.domain.round import RoundStatus
from deliberate.engines import is_deadlock
from deliberate.queries import objections, rounds
from deliberate.queries.answers import OwnEntry, OwnRecord
from deliberate.services import consents, recording

from .. import given, read_aloud
from ..access import allow, current_actor
from ..forms.answering import AnswerForm, Sent, sent_whole
from ..forms.fields import new_request_id
from ..printing import sheet
from ..qr import qr_code
from ..store import config, gathered, now, reader, transaction
from .asking import asked, one_at_a_time
from .blueprint import bp
from .known import code_of, codes_here, has_receipt, knows_all, sees
from .objecting import objected_until, objecting_until
from .voices import my_voice, this_voice, voices_in

log = logging.getLogger(__name__)


@bp.get("/rounds/<int:round_id>", endpoint="round")
@allow(Action.ANSWER, about=my_voice)
def consent_round(round_id: int) -> ResponseReturnValue:
    """The plan, the tally, and one form for each voice of the reader."""
    return _page(round_id)


@bp.post("/rounds/<int:round_id>/answer/<int:entry_id>")
@allow(Action.ANSWER, about=this_voice)
def answer(round_id: int, entry_id: int) -> ResponseReturnValue:
    """The second tap."""
    sent = sent_whole(request.form)
    if sent is None:
        return _page(round_id, entry_id, _said_of(AnswerForm())), 422
    try:
        receipt = _answer(round_id, entry_id, sent)
    except BadInput as refusal:
        form = _said_of(AnswerForm())
        form.replaces.errors = [refusal.fill(_(refusal.why)), refusal.fill(_(refusal.next_step))]
        return _page(round_id, entry_id, form), refusal.status
    if current_actor().letter_id is not None:  # what an account recorded is its own to see anyhow
        given.remember(sent.request_id)
    return redirect(url_for(".receipt", round_id=round_id, consent_id=receipt.consent_id))


def _said_of(form: AnswerForm) -> AnswerForm:
    """The form as it was sent, with what is wrong in it."""
    form.validate()
    return form


def _answer(round_id: int, entry_id: int, sent: Sent) -> recording.Receipt:
    said = consents.OnlineAnswer(sent.answer, sent.plan_sha256, sent.request_id, sent.replaces)
    asked = consents.Asked(current_actor(), entry_id, said)
    return gathered(round_id, asked, partial(_answer_each, round_id))


def _answer_each(round_id: int, every: Sequence[consents.Asked]) -> Sequence[recording.Receipt | Exception]:
    """Answers that came at once, in one transaction; what breaks one breaks none of the others."""
    try:
        return _answered(round_id, every)
    except Exception as error:
        busy = isinstance(error, OperationalError) and not is_deadlock(error)
        if busy or len(every) == 1:
            raise  # the store is busy for each of them alike
        log.warning("answers are taken one by one: %s", logs.refused(error))
    return [_alone(round_id, one) for one in every]


def _alone(round_id: int, one: consents.Asked) -> recording.Receipt | Exception:
    try:
        return _answered(round_id, [one])[0]
    except Exception as error:
        return error


def _answered(round_id: int, every: Sequence[consents.Asked]) -> Sequence[recording.Receipt | Refusal]:
    with transaction(Lock.answers((round_id, one.entry_id) for one in every)) as tx:
        return consents.answer_each(tx.session, every, key=config().code_key, now=tx.now)


@bp.get("/rounds/<int:round_id>/receipt/<int:consent_id>")
@allow(Action.ANSWER, about=my_voice)
def receipt(round_id: int, consent_id: int) -> ResponseReturnValue:
    """The receipt of an answer, for who gave it."""
    voice, record = _own_record(round_id, consent_id)
    if not has_receipt(record):
        return redirect(url_for(".round", round_id=round_id))
    told = {
        "shown": rounds.view(reader(), g.community.id, round_id, now=now()),
        "voice": voice,
        "record": record,
        "code": code_of(record),
        "qr": qr_code(f"{url_for('resident.check', _external=True)}#{code_of(record)}"),
    }
    if "print" not in request.args:
        return render_template("resident/receipt.html", **told)
    back = url_for(".receipt", round_id=round_id, consent_id=consent_id)
    return sheet("resident/receipt_sheet.html", "receipt", back_url=back, **told)


def _page(round_id: int, entry_id: int | None = None, form: AnswerForm | None = None) -> str:
    shown = rounds.view(reader(), g.community.id, round_id, now=now())
    voices = voices_in(round_id)
    forms = {voice.entry.id: _fresh_form(voice, shown.round.plan_sha256) for voice in voices}
    if entry_id is not None and form is not None:
        forms[entry_id] = form
    page, voice = "resident/round.html", None
    if one_at_a_time():
        voice = next((one for one in voices if one.entry.id == entry_id), None) or asked(voices)
        page = _elder_page(form) if voice else "resident/read.html"
    closed = shown.round.status is RoundStatus.CLOSED
    return render_template(
        page,
        shown=shown,
        voices=voices,
        voice=voice,
        form=forms[voice.entry.id] if voice else None,
        forms=forms,
        spoken=read_aloud.spoken(shown.plan.id),
        sees=sees,
        knows_all=knows_all,
        objections=objections.of_entries(reader(), list(forms)),
        until=objecting_until(round_id) if closed else None,
        objected_until=objected_until(round_id) if closed else None,
        place=PLACE[shown.matter.stage],
        stopped=shown.matter.stage in STOPPED,
        code_of=lambda record: code_of(record) if has_receipt(record) else None,
    )


def _elder_page(form: AnswerForm | None) -> str:
    """The question; or, where the answer itself was fine, the page that said it back."""
    answered = form is not None and not form.answer.errors
    return "resident/say_back.html" if answered else "resident/ask.html"


def _fresh_form(voice: OwnEntry, plan_sha256: str) -> AnswerForm:
    """A form with nothing chosen; what this browser or account may replace is named already."""
    return AnswerForm(
        formdata=None, request_id=_request_for(voice), plan_sha256=plan_sha256, replaces=codes_here(voice)
    )


def _request_for(voice: OwnEntry) -> str:
    """Under what the form is sent; by letter it is written down here, should the receipt get lost on its way."""
    if current_actor().letter_id is None:
        return new_request_id()
    return given.offered(voice.entry.id, [one.request_id for one in voice.records], new_request_id())


def _own_record(round_id: int, consent_id: int) -> tuple[OwnEntry, OwnRecord]:
    for voice in voices_in(round_id):
        for record in voice.records:
            if record.id == consent_id:
                return voice, record
    raise NotFound()
