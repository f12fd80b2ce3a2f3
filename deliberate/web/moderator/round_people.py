"""Who serves in a round: duties, crews, and the doors that each crew walks."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deliberate.db import Lock
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.queries import places, round_desk, rounds
from deliberate.services import duties

from .. import tables
from ..access import allow, current_actor
from ..forms.fields import text
from ..forms.rounds import CrewForm, DutyForm
from ..place_words import place_label
from ..store import now, reader, transaction
from .blueprint import bp
from .rounds import about_round
from .tables import crew_table


@bp.get("/rounds/<int:round_id>/people")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def round_people(round_id: int) -> ResponseReturnValue:
    """Who serves, and who may."""
    return _page(round_id)


@bp.post("/rounds/<int:round_id>/people")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def assign_duty(round_id: int) -> ResponseReturnValue:
    """Give somebody a duty; warn when a canvasser lives among the crew's doors."""
    form = _duty_form(round_id)
    if not form.validate():
        return _page(round_id, duty=form), 422
    kind, account_id, crew_id = form.chosen
    try:
        with transaction(Lock.round(round_id)) as tx:
            duties.assign(tx.session, current_actor(), round_id, account_id, kind, crew_id, now=tx.now)
    except BadInput as refusal:
        form.crew.errors = [refusal.fill(_(refusal.why)), refusal.fill(_(refusal.next_step))]
        return _page(round_id, duty=form), refusal.status
    if account_id in {account.id for account in duties.warnings(reader(), round_id)}:
        flash(_("已安排。请注意：这个人就住在本组要走的范围里，自己家由别人登记。"), "warning")
    else:
        flash(_("已安排。"))
    return redirect(url_for(".round_people", round_id=round_id))


@bp.post("/rounds/<int:round_id>/crews")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def make_crew(round_id: int) -> ResponseReturnValue:
    """A new crew."""
    form = _crew_form()
    if not form.validate():
        return _page(round_id, crew=form), 422
    try:
        with transaction(Lock.round(round_id)) as tx:
            duties.make_crew(
                tx.session,
                current_actor(),
                round_id,
                text(form.name),
                form.scope,
                text(form.volunteer),
                now=tx.now,
            )
    except BadInput as refusal:
        at = form.volunteer if refusal.params.get("field") == "volunteer" else form.name
        at.errors = [refusal.fill(_(refusal.why)), refusal.fill(_(refusal.next_step))]
        return _page(round_id, crew=form), refusal.status
    flash(_("小组已建立。"))
    return redirect(url_for(".round_people", round_id=round_id))


def _duty_form(round_id: int) -> DutyForm:
    form = DutyForm()
    people = round_desk.free_people(reader(), g.community.id, round_id)
    form.offer(people, round_desk.crews(reader(), round_id))
    return form


def _crew_form() -> CrewForm:
    form = CrewForm()
    form.offer(places.of(reader(), g.community.id))
    return form


def _page(round_id: int, duty: DutyForm | None = None, crew: CrewForm | None = None) -> str | Response:
    words = _scope_words()
    return tables.page(
        "moderator/round_people.html",
        register=crew_table(round_id, words),
        shown=rounds.view(reader(), g.community.id, round_id, now=now()),
        people=round_desk.duties(reader(), round_id),
        crews=round_desk.crews(reader(), round_id),
        warned={account.id for account in duties.warnings(reader(), round_id)},
        duty=duty or _duty_form(round_id),
        crew=crew or _crew_form(),
        scope_words=words,
    )


def _scope_words() -> Callable[[Mapping[str, Any]], str]:
    """The places of a crew in words."""
    known = places.of(reader(), g.community.id).by_kind
    names = {
        (kind.value, place.id): place_label(place, kind) for kind, some in known.items() for place in some
    }
    return lambda scope: "、".join(
        names[scope["kind"], number] for number in scope["ids"] if (scope["kind"], number) in names
    )
