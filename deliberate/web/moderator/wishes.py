"""Households that ask for a call or a visit: a queue in which each wish has an owner and a time."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import round_desk
from deliberate.services import visits

from .. import languages, tables
from ..access import allow, current_actor
from ..forms.answering import LANGUAGES
from ..forms.fields import text
from ..forms.rounds import AppointForm, FinishForm
from ..store import reader, transaction
from .blueprint import bp
from .tables import visit_table


def about_wish(request_id: int, **_args: Any) -> Subject:
    """The wish of the address, if it is of this community."""
    if round_desk.wish_community(reader(), request_id) != g.community.id:
        raise NotFound()
    return Subject(g.community.id)


@bp.get("/wishes", endpoint="wishes")
@allow(Action.HANDLE_VISIT_REQUESTS)
def queue() -> ResponseReturnValue:
    """What is asked for, oldest first; and what was done."""
    return _page()


@bp.post("/wishes/<int:request_id>/take")
@allow(Action.HANDLE_VISIT_REQUESTS, about=about_wish)
def take_wish(request_id: int) -> ResponseReturnValue:
    """Take it and name a time."""
    form = AppointForm()
    if not form.validate() or form.appointed_at.data is None:
        return _page(request_id, appoint=form), 422
    moment = languages.from_local(form.appointed_at.data)
    try:
        with transaction() as tx:
            visits.take_request(tx.session, current_actor(), request_id, moment, now=tx.now)
    except BadInput as refusal:
        form.appointed_at.errors = [refusal.fill(_(refusal.why)), refusal.fill(_(refusal.next_step))]
        return _page(request_id, appoint=form), refusal.status
    flash(_("已约好时间，住户在自己的页面上能看到。"))
    return redirect(url_for(".wishes"))


@bp.post("/wishes/<int:request_id>/finish")
@allow(Action.HANDLE_VISIT_REQUESTS, about=about_wish)
def finish_wish(request_id: int) -> ResponseReturnValue:
    """Write down what became of it."""
    form = FinishForm()
    if not form.validate():
        return _page(request_id, finish=form), 422
    with transaction() as tx:
        visits.finish_request(tx.session, current_actor(), request_id, text(form.result), now=tx.now)
    flash(_("已登记结果。"))
    return redirect(url_for(".wishes"))


def _page(
    at: int | None = None, appoint: AppointForm | None = None, finish: FinishForm | None = None
) -> str | Response:
    return tables.page(
        "moderator/wishes.html",
        wishes=round_desk.wishes(reader(), g.community.id),
        done=visit_table(round_desk.wishes(reader(), g.community.id, done=True)),
        at=at,
        appoint=appoint,
        finish=finish,
        blank_appoint=AppointForm(formdata=None),
        blank_finish=FinishForm(formdata=None),
        tongues=dict(LANGUAGES),
    )
