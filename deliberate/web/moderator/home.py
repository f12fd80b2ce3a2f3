"""The home page of this job: what awaits this person now."""

from flask import g, render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action
from deliberate.queries import counts, executions, heads, objections, proposals, untold
from deliberate.queries import desk as waiting

from ..access import allow, current_actor
from ..store import now, reader
from .blueprint import bp
from .rounds import rounds_on_desk
from .tablets import tablets_on_desk

WAITING = ("desk_cases", "desk_wishes", "desk_to_prepare", "desk_to_open", "desk_unbalanced")
"""Lists of the rounds' part of the desk in which each line waits for somebody."""


@bp.get("/")
@allow(Action.SEE_DESK)
def desk() -> ResponseReturnValue:
    """What awaits this person now."""
    found = waiting.desk(reader(), g.community.id, current_actor().account_id, now())
    results = {
        "countings": counts.under_way(reader(), g.community.id),
        "open_objections": objections.open_in(reader(), g.community.id),
        "carried": executions.under_way(reader(), g.community.id),
    }
    of_rounds, of_tablets = rounds_on_desk(), tablets_on_desk()
    late = heads.late_ways(reader(), g.community.id, now())
    unreached = untold.number(reader(), g.community.id)
    others = (
        *of_tablets.values(),
        *(results[name] for name in ("countings", "open_objections")),
        *map(of_rounds.get, WAITING),
    )
    return render_template(
        "moderator/home.html",
        desk=found,
        awaiting=found.count + sum(len(each or ()) for each in others) + unreached + bool(late),
        late_ways=late,
        unreached=unreached,
        seconds_needed=g.settings.seconds_needed,
        listing=proposals.listing(reader(), g.community.id, size=1),
        **results,
        **of_rounds,
        **of_tablets,
    )
