"""Several households that were told another way: first what would be noted for each message, then all at once."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.permissions import Action, may
from deliberate.queries import untold
from deliberate.queries.untold import Untold
from deliberate.services import outgoing

from ..access import allow, current_actor
from ..store import reader, transaction
from .blueprint import bp


@bp.get("/untold/chosen")
@allow(Action.SEE_DESK)
def chosen_untold() -> ResponseReturnValue:
    """Which of the ticked messages this person can note, and which not and why."""
    ids = request.args.getlist("message", type=int)[: untold.MOST]
    found = untold.some(reader(), g.community.id, ids)
    due = [one for one in found if _open(one) and _may(one)]
    return render_template(
        "moderator/chosen_untold.html",
        due=due,
        done=[one for one in found if not _open(one)],
        not_mine=[one for one in found if _open(one) and not _may(one)],
        homes=len({one.home.id for one in due}),
    )


@bp.post("/untold/chosen")
@allow(Action.TELL_HOUSEHOLD)
def told_chosen() -> ResponseReturnValue:
    """Somebody called or went to all of them."""
    ids = request.form.getlist("message", type=int)[: untold.MOST]
    with transaction() as tx:
        number = outgoing.told_all(tx.session, current_actor(), g.community.id, ids, now=tx.now)
    flash(_("记下了 %(n)s 条。", n=number))
    return redirect(url_for(".untold"))


def _open(one: Untold) -> bool:
    return one.message.told_at is None and one.message.given_up_at is not None


def _may(one: Untold) -> bool:
    return may(current_actor(), Action.TELL_HOUSEHOLD, untold.about(reader(), one.message.id))
