"""The home page of this job: what awaits this person now."""

from flask import g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import communities, mine
from deliberate.services import inbox

from ..access import allow, current_actor
from ..homes import my_household, my_household_id, my_household_ids
from ..store import now, reader, transaction
from .blueprint import bp
from .rounds import rounds_at_home


@bp.get("/")
@allow(Action.SEE_OWN_HOUSEHOLD, about=my_household)
def home() -> ResponseReturnValue:
    """What awaits this person now."""
    chosen = my_household_id()
    account_id = current_actor().account_id
    return render_template(
        "resident/home.html",
        homes=mine.homes(reader(), my_household_ids()),
        household_id=chosen,
        awaiting=mine.awaiting(reader(), g.community.id, chosen, account_id, now()),
        seconds_needed=communities.settings(reader(), g.community.id).seconds_needed,
        **rounds_at_home(),
    )


@bp.post("/household")
@allow(Action.SEE_OWN_HOUSEHOLD, about=my_household)
def choose_household() -> ResponseReturnValue:
    """Speak for another of one's homes in this browser."""
    wish = request.form.get("household_id", type=int)
    if wish not in my_household_ids():
        raise NotFound()
    session["household_id"] = wish
    return redirect(url_for("resident.home"))


@bp.post("/messages")
@allow(Action.MANAGE_OWN_ACCOUNT)
def read_messages() -> ResponseReturnValue:
    """Put away the messages that were shown."""
    since, up_to = (request.form.get(name, 0, type=int) for name in ("since", "up_to"))
    with transaction() as tx:
        inbox.put_away(tx.session, current_actor(), g.community.id, since=since, up_to=up_to, now=tx.now)
    return redirect(url_for("resident.home"))
