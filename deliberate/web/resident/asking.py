"""One question a page: the answer journey of the elder view, in three steps over the same round.

First the plan is read, or listened to; then one question is answered; then what was chosen is said back, and only
a tap on that page hands it in. Nothing is written before, and no answer ever stands in an address.
"""

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action
from deliberate.queries import rounds
from deliberate.queries.answers import OwnEntry

from .. import context
from ..access import allow
from ..forms.answering import AnswerForm
from ..store import now, reader
from .blueprint import bp
from .known import knows_all
from .voices import this_voice, voice_in

ELDER = "elder"


def one_at_a_time() -> bool:
    """Whether this reader is asked one question a page."""
    return context.view().startswith(ELDER)


def asked(voices: list[OwnEntry]) -> OwnEntry | None:
    """The voice whose question the address asks for."""
    wish = request.args.get("answer", type=int)
    return next((voice for voice in voices if voice.entry.id == wish and voice.may_answer), None)


@bp.post("/rounds/<int:round_id>/answer/<int:entry_id>/confirm")
@allow(Action.ANSWER, about=this_voice)
def say_back(round_id: int, entry_id: int) -> ResponseReturnValue:
    """What was chosen, said back, before it is handed in."""
    form = AnswerForm()
    good = form.validate()
    voice = voice_in(round_id, entry_id)
    shown = rounds.view(reader(), g.community.id, round_id, now=now())
    page = "resident/say_back.html" if good else "resident/ask.html"
    html = render_template(page, shown=shown, voice=voice, form=form, knows_all=knows_all)
    return html, 200 if good else 422
