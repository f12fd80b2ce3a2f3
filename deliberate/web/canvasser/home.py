"""The home page of this job: what awaits this person now."""

from datetime import datetime, time, timedelta

from flask import g, render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.calendar import BEIJING, day_in_beijing, end_of
from deliberate.domain.permissions import Action
from deliberate.queries import crews, doors, spot_samples, walks

from ..access import allow, current_actor
from ..store import now, reader
from .blueprint import bp
from .walk import serving


@bp.get("/")
@allow(Action.CANVASS)
def home() -> ResponseReturnValue:
    """My crews, today's doors, appointments, forms in hand, wishes."""
    mine, actor, today = serving(), current_actor(), day_in_beijing(now())
    place = (reader(), mine, g.community.id)
    since = datetime.combine(today, time(0), BEIJING)
    return render_template(
        "canvasser/home.html",
        serving=mine,
        companions=crews.companions(reader(), mine),
        forms=crews.forms(reader(), mine),
        buildings=doors.buildings(*place),
        due=walks.appointments(*place, actor, end_of(today + timedelta(days=1))),
        wishing=walks.wishing(*place, actor),
        visited=walks.visits_today(reader(), actor.account_id, g.community.id, since),
        revisits=spot_samples.walks_of(reader(), g.community.id, actor.account_id),
        today=today,
    )
