"""A household takes its answer back, and is told what of it stands all the same."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.consent import Standing, Window
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.domain.words import word
from deliberate.queries import rounds
from deliberate.queries.answers import OwnEntry
from deliberate.services import consents

from ..access import allow, current_actor
from ..forms.answering import WithdrawForm, names_in
from ..forms.fields import new_request_id, text
from ..languages import moment
from ..store import config, now, reader, transaction
from .blueprint import bp
from .known import codes_here, sees
from .voices import this_voice, voice_in


@bp.get("/rounds/<int:round_id>/withdraw/<int:entry_id>")
@allow(Action.ANSWER, about=this_voice)
def take_back(round_id: int, entry_id: int) -> ResponseReturnValue:
    """Ask once more before the answer is taken back."""
    voice = voice_in(round_id, entry_id)
    form = WithdrawForm(formdata=None, request_id=new_request_id(), receipt=codes_here(voice))
    return _page(round_id, voice, form)


@bp.post("/rounds/<int:round_id>/withdraw/<int:entry_id>")
@allow(Action.ANSWER, about=this_voice)
def take_back_now(round_id: int, entry_id: int) -> ResponseReturnValue:
    """Take the answer back."""
    form = WithdrawForm()
    if not form.validate():
        return _page(round_id, voice_in(round_id, entry_id), form), 422
    try:
        _withdraw(round_id, entry_id, form)
    except BadInput as refusal:
        form.receipt.errors = [refusal.fill(_(refusal.why)), refusal.fill(_(refusal.next_step))]
        return _page(round_id, voice_in(round_id, entry_id), form), refusal.status
    _tell(voice_in(round_id, entry_id))
    return redirect(url_for(".round", round_id=round_id))


def _withdraw(round_id: int, entry_id: int, form: WithdrawForm) -> None:
    with transaction(Lock.answer(round_id, entry_id)) as tx:
        consents.withdraw(
            tx.session,
            current_actor(),
            entry_id,
            request_id=text(form.request_id),
            replaces=names_in(text(form.receipt)),
            key=config().code_key,
            now=tx.now,
        )


def _tell(voice: OwnEntry) -> None:
    """What became of the household's answer: whatever was not named stands as before."""
    if voice.standing is Standing.CONTRADICTION:
        flash(_("这一份已经撤回，但您家其余的意见仍然不一样，待核实。请看下面怎么办。"), "warning")
    elif voice.standing_records:
        _tell_what_stands(voice)
    elif voice.suspended:
        flash(
            _(
                "这一份已经撤回，但您家还有一张意见表正在核实，核实属实的会计入。要一起撤回，请写上意见表撕下那一联上的代码，或者打社区电话。"
            ),
            "warning",
        )
    elif voice.window is Window.ANSWERING:
        flash(_("您家的意见已经撤回，现在算作尚未反馈。截止前可以重新提交。"))
    else:
        flash(_("您家的意见已经撤回，现在算作尚未反馈。"))


def _tell_what_stands(voice: OwnEntry) -> None:
    """Of what this reader may not see, neither the way it came nor its time is told here."""
    shown = next((record for record in voice.standing_records if sees(record)), None)
    if shown is None:
        flash(
            _("这一份已经撤回，但您家还有另一份意见仍然有效。要一起撤回，请写上它的回执码，或者打社区电话。"),
            "warning",
        )
        return
    told = _(
        "这一份已经撤回，但您家还有另一份意见仍然有效（%(channel)s，%(when)s）。要一起撤回，请写上它的回执码，或者打社区电话。",
        channel=_(word(shown.channel)),
        when=moment(shown.at),
    )
    flash(told, "warning")


def _page(round_id: int, voice: OwnEntry, form: WithdrawForm) -> str:
    return render_template(
        "resident/take_back_answer.html",
        shown=rounds.view(reader(), g.community.id, round_id, now=now()),
        voice=voice,
        form=form,
        known=voice.all_seen,
        hidden=not all(sees(record) for record in voice.to_take_back),
    )
