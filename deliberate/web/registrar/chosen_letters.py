"""Letters for the homes that were ticked on a list: first what would happen to each, then all of them at once."""

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action
from deliberate.queries import households
from deliberate.queries import letters as letter_queries
from deliberate.queries.letters import LetterState
from deliberate.services import letter_issuing

from ..access import allow, current_actor
from ..letter_sheets import letters_sheet
from ..store import config, reader, transaction
from .blueprint import bp

MOST = 500
"""Homes of one printing by hand; more are printed as a job."""


@bp.get("/letters/chosen")
@allow(Action.MANAGE_LETTERS)
def chosen_letters() -> ResponseReturnValue:
    """Who would get a letter, whose would be replaced, and who keeps the one they have."""
    homes = households.some(reader(), g.community.id, request.args.getlist("home", type=int)[:MOST])
    here = sorted(homes.values(), key=lambda home: (home.walk, home.id))
    states = letter_queries.standing(reader(), homes)
    due = [home for home in here if home.id not in states and home.gone_at is None]
    undelivered = [home for home in here if states.get(home.id) is LetterState.UNDELIVERED]
    return render_template(
        "registrar/chosen_letters.html",
        due=due,
        undelivered=undelivered,
        kept=[home for home in here if home not in due and home not in undelivered],
        ids=sorted(homes),
        seen=letter_issuing.newest_of(reader(), homes),
    )


@bp.post("/letters/chosen")
@allow(Action.MANAGE_LETTERS)
def issue_chosen_letters() -> ResponseReturnValue:
    """Their codes are on this page only."""
    with transaction() as tx:
        issued = letter_issuing.issue_for_chosen(
            tx.session,
            current_actor(),
            g.community.id,
            request.form.getlist("home", type=int)[:MOST],
            config().code_key,
            seen=request.form.get("seen", 0, type=int),
            undelivered_too=request.form.get("undelivered_too") == "1",
            now=tx.now,
        )
    homes = households.some(reader(), g.community.id, [one.household_id for one in issued])
    return letters_sheet(issued, homes, url_for(".letter_register"))
