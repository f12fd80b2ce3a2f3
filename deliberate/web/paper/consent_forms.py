"""入户征求意见表: one household a sheet, everything before the signature, with the receipt to tear off.

The receipt's code opens what the paper says once it is registered, so the sheets are the answer to a request
that is journalled, are kept by no cache, and are never printed for a form that is registered.
"""

from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action
from deliberate.queries import papers_of_round, places
from deliberate.queries.rounds import RoundView
from deliberate.services import stubs

from ..access import allow, current_actor
from ..printing import sheet
from ..qr import qr_code
from ..results import about_round
from ..store import config, reader, transaction
from .blueprint import bp
from .rounds import the_round

AT_ONCE = 100
"""Sheets of one printing."""


@bp.post("/rounds/<int:round_id>/forms/<int:issue_id>")
@allow(Action.ASSIGN_DUTIES, about=about_round)
def consent_forms(round_id: int, issue_id: int) -> ResponseReturnValue:
    """The numbered sheets of one handing-out, without those already registered."""
    matters = _matters(round_id)
    start = request.form.get("start", 0, type=int)
    with transaction() as tx:
        made = stubs.print_stubs(
            tx.session,
            current_actor(),
            round_id,
            issue_id,
            start,
            key=config().code_key,
            now=tx.now,
            at_once=AT_ONCE,
        )
    address = url_for("resident.check", _external=True)
    return sheet(
        "print/consent_form.html",
        f"forms-{round_id}-{issue_id}",
        matters=[(one, qr_code(_plan(one))) for one in matters],
        forms=[(one, qr_code(one.serial), qr_code(f"{address}#{one.code}")) for one in made],
        places=places.of(reader(), g.community.id),
        address=address,
        back_url=url_for(".round", round_id=round_id),
    )


def _matters(round_id: int) -> list[RoundView]:
    """The round of the address, then those that were ticked to lie on the same paper."""
    ticked = set(request.form.getlist("also", type=int))
    known = [one.id for one in papers_of_round.running(reader(), g.community.id)]
    return [the_round(number) for number in [round_id, *(n for n in known if n in ticked and n != round_id)]]


def _plan(shown: RoundView) -> str:
    """Where the whole text of the plan stands."""
    where: dict[str, Any] = {"number": shown.matter.number, "n": shown.plan.n}
    return url_for("public.plan", **where, _external=True)
