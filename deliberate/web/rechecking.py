"""One objection before the person who rechecks it: what was filed, every record with evidence, the reply.

Until the round is closed it must be taken first; the records are shown to who took it, and nobody else.
"""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import RadioField

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.objection import VOIDS, Finding
from deliberate.domain.permissions import Subject
from deliberate.domain.words import word
from deliberate.queries import objections
from deliberate.services import cases
from deliberate.services import objections as deeds

from .access import current_actor
from .forms.fields import show_refusal, text
from .forms.objections import AnswerForm
from .objecting_words import voice_words
from .store import config, reader, transaction


def the_objection(objection_id: int) -> objections.Filed:
    """The objection of the address, if of this community."""
    found = objections.one(reader(), g.community.id, objection_id)
    if found is None:
        raise NotFound()
    return found


def about_objection(objection_id: int, **_args: Any) -> Subject:
    """The household, and those who must not judge: who recorded, helped, or canvasses in the round."""
    return objections.subject(reader(), the_objection(objection_id).objection)


def page(objection_id: int, form: AnswerForm | None = None) -> str:
    """One case at a time."""
    case = objections.case(reader(), current_actor(), the_objection(objection_id))
    form = form or AnswerForm(formdata=None)
    _offer(form.voided, case)
    voice = case.filed.voice
    return render_template(
        "moderator/objection.html",
        case=case,
        form=form,
        voids=VOIDS,
        whose=voice_words(voice) if voice else "",
    )


def take(objection_id: int, case: str) -> ResponseReturnValue:
    """Take the recheck; from now on it is this person's, at `case`."""
    filed = the_objection(objection_id)
    with transaction(Lock(proposal_id=filed.proposal.id, round_id=filed.round.id)) as tx:
        cases.take_objection(tx.session, current_actor(), objection_id, now=tx.now)
    return redirect(url_for(case, objection_id=objection_id))


def answer(objection_id: int, done: str) -> ResponseReturnValue:
    """Keep the answer, then go to `done`; nothing that was typed is lost."""
    filed = the_objection(objection_id)
    cases.require_objection(reader(), current_actor(), objection_id)
    form = AnswerForm()
    _offer(form.voided, objections.case(reader(), current_actor(), filed))
    if not form.validate():
        return page(objection_id, form), 422
    said = deeds.Answer(
        Finding(form.finding.data), text(form.method), text(form.reply), int(form.voided.data or 0) or None
    )
    lock = Lock(proposal_id=filed.proposal.id, round_id=filed.round.id)
    try:
        with transaction(lock) as tx:
            deeds.answer_objection(
                tx.session, current_actor(), objection_id, said, key=config().code_key, now=tx.now
            )
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return page(objection_id, form), status
    flash(_("复核答复已保存，住户可以看到。"))
    return redirect(url_for(done))


def _offer(field: RadioField, case: objections.Case) -> None:
    field.choices = [("0", _("不作废任何一份"))] + [
        (
            str(one.consent.id),
            _(
                "%(channel)s · %(answer)s · 第%(n)s份",
                channel=_(word(one.consent.channel)),
                answer=_(word(one.consent.answer)) if one.consent.answer else "",
                n=case.exhibits.index(one) + 1,
            ),
        )
        for one in case.voidable
    ]
