"""Check by the receipt code that the answer was recorded as given; for whoever holds the code."""

from flask import g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import answers
from deliberate.services import consents, throttle

from ..access import allow
from ..back import place
from ..forms.rounds import ReceiptForm, text
from ..store import config, reader, transaction
from .blueprint import bp


@bp.get("/check")
@allow(Action.USE_LETTER)
def check() -> ResponseReturnValue:
    """Where the code is typed."""
    return render_template("resident/check.html", form=ReceiptForm(), found=None)


@bp.post("/check")
@allow(Action.USE_LETTER)
def check_now() -> ResponseReturnValue:
    """What is recorded under the code."""
    form = ReceiptForm()
    if not form.validate():
        return render_template("resident/check.html", form=form, found=None), 422
    counted = throttle.code_tries(config().code_key, text(form.receipt), place())
    with transaction() as tx:
        throttle.count(tx.session, counted, now=tx.now)
    try:
        found = _look_up(text(form.receipt))
    except NotFound as refusal:
        form.receipt.errors = [_(refusal.why), _(refusal.next_step)]
        return render_template("resident/check.html", form=form, found=None), refusal.status
    with transaction() as tx:
        throttle.give_back(tx.session, counted)
    return render_template("resident/check.html", form=form, found=found)


def _look_up(code: str) -> answers.Found:
    consent = consents.find_by_receipt(reader(), code, key=config().code_key)
    if consent.community_id != g.community.id:
        raise NotFound(why=consents.WRONG_CODE, next_step=consents.CHECK_CODE)
    return answers.found(reader(), consent)
