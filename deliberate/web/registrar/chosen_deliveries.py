"""A returned list of deliveries: first what would be recorded for each letter, then all of it at once."""

from collections.abc import Mapping, Sequence

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from deliberate.domain.permissions import Action
from deliberate.queries import letters as letter_queries
from deliberate.queries.letters import LetterState, state_of
from deliberate.services import letter_deliveries

from ..access import allow, current_actor
from ..store import reader, transaction
from .blueprint import bp

MOST = 200


@bp.get("/letters/deliveries")
@allow(Action.MANAGE_LETTERS)
def chosen_deliveries() -> ResponseReturnValue:
    """Which of the ticked letters can be recorded, and which not and why."""
    return _page(request.args.getlist("letter", type=int))


@bp.post("/letters/deliveries")
@allow(Action.MANAGE_LETTERS)
def record_deliveries() -> ResponseReturnValue:
    """Each with its own name, or with the one for all; one without a name stops them all."""
    ids = request.form.getlist("letter", type=int)[:MOST]
    everybody = request.form.get("everybody", "")
    named = {letter_id: request.form.get(f"to-{letter_id}", "") for letter_id in ids}
    taken_by = {letter_id: (name.strip() or everybody.strip()) for letter_id, name in named.items()}
    wrong = [
        letter_id for letter_id, name in taken_by.items() if not 1 <= len(name) <= letter_deliveries.LONGEST
    ]
    if wrong or not ids:
        shown = request.form.getlist("shown", type=int)
        return _page(shown, chosen=ids, named=named, everybody=everybody, wrong=wrong, empty=not ids), 422
    with transaction() as tx:
        number = letter_deliveries.record_all(
            tx.session, current_actor(), g.community.id, taken_by, now=tx.now
        )
    flash(ngettext("登记了 %(num)s 封信函送达。", "登记了 %(num)s 封信函送达。", number))
    return redirect(url_for(".letter_register"))


def _page(
    ids: Sequence[int],
    chosen: Sequence[int] | None = None,
    named: Mapping[int, str] | None = None,
    everybody: str = "",
    wrong: Sequence[int] = (),
    empty: bool = False,
) -> str:
    rows = letter_queries.some(reader(), g.community.id, ids[:MOST])
    due = [row for row in rows if state_of(row[0]) is LetterState.UNDELIVERED]
    return render_template(
        "registrar/chosen_deliveries.html",
        due=due,
        others=[row for row in rows if row not in due],
        chosen=[letter.id for letter, _home in due] if chosen is None else chosen,
        named=named or {},
        everybody=everybody,
        wrong=wrong,
        empty=empty,
        state_of=state_of,
    )
