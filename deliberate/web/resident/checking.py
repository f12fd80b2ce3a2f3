"""Check by the code of a receipt or a stub that the answer was recorded as given; for whoever holds the code.

The code travels in the body of a form, never in an address; in the receipt's QR code it stands behind the #.
"""

from collections.abc import Callable, Sequence

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import NO_LOCK, Lock, Transaction
from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.objection import ObjectionKind
from deliberate.domain.permissions import Action
from deliberate.queries import answers
from deliberate.services import contesting

from ..access import allow, current_actor
from ..forms.answering import CheckedForm, ReceiptForm
from ..forms.fields import text
from ..store import config, reader, transaction
from .blueprint import bp
from .looking import opened_by
from .proving import proof_of
from .tries import counted


@bp.get("/check")
@allow(Action.USE_LETTER)
def check() -> ResponseReturnValue:
    """Where the code is typed."""
    return _page(ReceiptForm())


@bp.post("/check")
@allow(Action.USE_LETTER)
def check_now() -> ResponseReturnValue:
    """What is recorded under the code."""
    form = ReceiptForm()
    if not form.validate():
        return _page(form), 422
    try:
        found = opened_by(text(form.receipt))
    except NotFound as refusal:
        form.receipt.errors = [_(refusal.why), _(refusal.next_step)]
        return _page(form), refusal.status
    return _page(form, found)


@bp.post("/check/right")
@allow(Action.USE_LETTER)
def check_right() -> ResponseReturnValue:
    """It is recorded as it was given."""
    _say(lambda tx, held: contesting.confirm(tx.session, current_actor(), held, key=_key(), now=tx.now))
    flash(_("谢谢。您已核对：登记的和您家给的一样。"))
    return redirect(url_for(".check"))


@bp.post("/check/wrong")
@allow(Action.USE_LETTER)
def check_wrong() -> ResponseReturnValue:
    """It is not; one tap opens an objection."""
    kind = ObjectionKind.NOT_US if request.form.get("not_us") else ObjectionKind.WRONG_ANSWER
    _say(lambda tx, held: contesting.contest(tx.session, current_actor(), held, kind, key=_key(), now=tx.now))
    flash(_("已经登记您的异议。没有登记过您家意见的人会去核实，并答复您。"))
    return redirect(url_for(".check"))


def _say(deed: Callable[[Transaction, contesting.Held], object]) -> None:
    form = CheckedForm()
    if not form.validate():
        raise BadInput()
    held = contesting.Held(g.community.id, text(form.receipt), form.consent_id.data or 0)

    def done() -> None:
        with transaction(_lock(held)) as tx:
            deed(tx, held)

    counted(held.code, done)


def _lock(held: contesting.Held) -> Lock:
    """The round of the record: nobody concludes it, and nobody else says so of it, meanwhile."""
    round_id = answers.round_of(reader(), held.community_id, held.consent_id)
    return NO_LOCK if round_id is None else Lock.round(round_id)


def _page(form: ReceiptForm, found: Sequence[answers.Found] = ()) -> Response:
    """What a code opens is kept by no cache, whoever asked."""
    page = render_template(
        "resident/check.html",
        form=form,
        found=found,
        proofs=[proof_of(one.record.id) for one in found],
        code=text(form.receipt),
    )
    answer = make_response(page)
    if found:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _key() -> bytes:
    return config().code_key
