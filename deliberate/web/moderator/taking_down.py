"""Writing a matter down for somebody who doesn't write (代录)."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import N_, BadInput
from deliberate.domain.permissions import Action
from deliberate.queries import mine
from deliberate.services import proposals

from .. import proposing
from ..access import allow, current_actor
from ..forms.proposals import TakeDownForm
from ..store import reader, transaction
from .blueprint import bp


@bp.route("/take-down", methods=["GET", "POST"])
@allow(Action.TAKE_DOWN)
def take_down_proposal() -> ResponseReturnValue:
    """Write a matter down, and hand it in when its person agrees."""
    form = proposing.blank(TakeDownForm)
    if request.method == "POST" and (number := proposing.take(form, _begin, proposing.another)) is not None:
        flash(_("议题已经记下，并注明是代录的。"))
        return redirect(url_for("public.matter", number=number))
    similar = proposing.similar_to(form) if form.title.data else []
    looking = proposing.wish() == proposing.SIMILAR
    page = render_template("moderator/take_down.html", form=form, similar=similar, looked=looking)
    return page, 422 if request.method == "POST" and not looking else 200


def _begin(form: TakeDownForm) -> int:
    home, follows = _home(form), proposing.follows_id(form)
    with transaction() as tx:
        made = proposals.take_down(
            tx.session,
            current_actor(),
            g.community.id,
            form.draft(),
            household_id=home,
            follows_id=follows,
            request_id=form.request_id.data or None,
            now=tx.now,
        )
        if proposing.wish() == proposing.SUBMIT:
            proposals.submit(tx.session, current_actor(), made.id, now=tx.now)
        return made.number


def _home(form: TakeDownForm) -> int | None:
    """The home named in the form; BadInput when there is none like it."""
    if not form.building.data:
        return None
    unit, room = (form.unit.data or "").strip(), (form.room.data or "").strip()
    home = mine.home_at(reader(), g.community.id, form.building.data, unit, room)
    if home is None:
        raise BadInput(why=N_("户册里没有这一户，请核对单元和室。"), field="room")
    return home
