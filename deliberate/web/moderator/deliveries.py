"""Records of tablets that wait for a person: a queue without any answer, and one case at a time."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.sync import Kind, Reason, Verdict
from deliberate.queries import delivered, deliveries, spoilt
from deliberate.services import quarantine
from deliberate.services.evidence import name_of

from .. import tables
from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.tablets import ACCEPT, FORGED, LEAVE, DecideForm
from ..sending import sent_in_confidence
from ..store import config, now, reader, transaction
from .blueprint import bp
from .tables import late_table

HOPELESS = frozenset({Reason.BAD_HASH, Reason.WRONG_DEVICE, Reason.UNKNOWN_DEVICE})
"""No decision can bring such a record into force."""


def about_record(record_id: int, **_args: Any) -> Subject:
    """A record of this community, with those who made it."""
    return quarantine.subject_of(reader(), record_id, g.community.id)


@bp.get("/deliveries", endpoint="deliveries")
@allow(Action.MANAGE_DEVICES)
def queue() -> ResponseReturnValue:
    """The queue, and what came too late."""
    return tables.page(
        "moderator/deliveries.html",
        waiting=deliveries.queue(reader(), current_actor(), g.community.id, now=now()),
        late=late_table(deliveries.late(reader(), current_actor(), g.community.id)),
    )


@bp.post("/deliveries/<int:record_id>/take")
@allow(Action.DECIDE_DELIVERY, about=about_record)
def take_delivery(record_id: int) -> ResponseReturnValue:
    """Take a case; from now on it is this person's."""
    with transaction() as tx:
        quarantine.take_case(tx.session, current_actor(), record_id, now=tx.now)
    return redirect(url_for(".delivery", record_id=record_id))


@bp.get("/deliveries/<int:record_id>")
@allow(Action.DECIDE_DELIVERY, about=about_record)
def delivery(record_id: int) -> ResponseReturnValue:
    """What the record says and why it waits, for the person who took it."""
    return _page(record_id, DecideForm(formdata=None))


@bp.post("/deliveries/<int:record_id>")
@allow(Action.DECIDE_DELIVERY, about=about_record)
def decide_delivery(record_id: int) -> ResponseReturnValue:
    """Take it into force or leave it out, with the reason."""
    record = quarantine.require_holder(reader(), current_actor(), record_id)
    form = _form(record, DecideForm())
    if not form.validate():
        return _page(record_id, form), 422
    pairs = quarantine.concerned(reader(), record, forged=form.forged)
    stops = quarantine.round_of_crew(reader(), record) if form.forged else None
    try:
        with transaction(Lock.crew(stops, pairs) if stops else Lock.answers(pairs)) as tx:
            quarantine.decide(
                tx.session,
                current_actor(),
                record_id,
                form.accepts,
                text(form.reason),
                forged=form.forged,
                key=config().code_key,
                now=tx.now,
            )
    except (BadInput, quarantine.StillRefused) as refusal:
        status = show_refusal(form, refusal)
        return _page(record_id, form), status
    flash(_("已经照办。") if form.accepts else _("这条记录不计入，原样保存。"))
    return redirect(url_for(".deliveries"))


@bp.get("/deliveries/<int:record_id>/evidence/<int:declared_id>")
@allow(Action.DECIDE_DELIVERY, about=about_record)
def delivered_evidence(record_id: int, declared_id: int) -> ResponseReturnValue:
    """A picture of the case, never kept by a cache."""
    record = quarantine.require_holder(reader(), current_actor(), record_id)
    shown = {record.id, *(one.id for one in deliveries.beside(reader(), record))}
    if delivered.record_of(reader(), declared_id, g.community.id).id not in shown:
        raise NotFound()
    sha256, mime = delivered.kept_file(reader(), declared_id)
    return sent_in_confidence(name_of(sha256), mime)


def _form(record: Any, form: DecideForm) -> DecideForm:
    """With what may be decided on this record."""
    hopeless = record.verdict in (Verdict.MISMATCH, Verdict.PENDING_EVIDENCE) or record.reason in HOPELESS
    yes = _("作废那一条") if record.kind is Kind.VOID else _("计入")
    accept = [] if hopeless else [(ACCEPT, yes)]
    leave = _("不作废，原来的照旧") if record.kind is Kind.VOID else _("不计入，原样保存")
    forged = [(FORGED, _("不计入，已查明不是住户本人签的"))] if record.kind is Kind.DOOR else []
    form.decision.choices = [*accept, (LEAVE, leave), *forged]
    if hopeless and form.decision.data is None:
        form.decision.data = LEAVE
    return form


def _why(record: Any) -> str:
    """The sentence with which the record was refused, if there is one."""
    says = record.why.get("says")
    return str(_(says)) % record.why.get("params", {}) if says else ""


def _page(record_id: int, form: DecideForm) -> str:
    record = quarantine.require_holder(reader(), current_actor(), record_id)
    side = delivered.side(reader(), record)
    return render_template(
        "moderator/delivery.html",
        case=deliveries.one(reader(), current_actor(), record_id),
        side=side,
        uses=delivered.uses(reader(), record, side.papers),
        spoilt=spoilt.listed(
            reader(), current_actor(), record.community_id, delivered.serials_of(record, side.papers)
        ),
        beside=[delivered.side(reader(), other) for other in deliveries.beside(reader(), record)],
        why=_why(record),
        form=_form(record, form),
    )
