"""Households that their second channel did not reach, to be told another way."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import untold
from deliberate.services import outgoing

from ..access import allow, current_actor
from ..store import reader, transaction
from .blueprint import bp


def about_message(outgoing_id: int, **_args: Any) -> Subject:
    """The message of the address, if it is of this community."""
    found = untold.about(reader(), outgoing_id)
    if found.community_id != g.community.id:
        raise NotFound()
    return found


@bp.get("/untold", endpoint="untold")
@allow(Action.SEE_DESK)
def every() -> ResponseReturnValue:
    """Messages that were given up, the longest waiting first."""
    return render_template("moderator/untold.html", untold=untold.listing(reader(), g.community.id))


@bp.post("/untold/<int:outgoing_id>/told")
@allow(Action.TELL_HOUSEHOLD, about=about_message)
def told(outgoing_id: int) -> ResponseReturnValue:
    """Somebody called or went there."""
    with transaction() as tx:
        outgoing.told(tx.session, current_actor(), outgoing_id, now=tx.now)
    flash(_("已经记下。"))
    return redirect(url_for(".untold"))
