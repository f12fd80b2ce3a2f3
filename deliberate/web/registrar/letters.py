"""Letters: issued one by one or for a building, delivery recorded, frozen by telephone, replaced.

A code is on exactly one page, the answer to the request that issued it; it is printed from there. That page
is never kept by a cache, and asking for it again issues nothing.
"""

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import households
from deliberate.queries import letters as letter_queries
from deliberate.queries.households import Place
from deliberate.services import letter_issuing, letters
from deliberate.services.letter_issuing import IssuedLetter

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.registrar import DeliveryForm, ReasonForm
from ..letter_sheets import letters_sheet
from ..store import config, reader, transaction
from ..tables import page
from .blueprint import bp
from .household import household_page, this_household
from .tables import letter_table


def this_letter(letter_id: int, **_: Any) -> Subject:
    """The household of a letter, if it is of this community."""
    found = letter_queries.one(reader(), g.community.id, letter_id)
    if found is None:
        raise NotFound()
    return Subject(g.community.id, household_id=found.household_id)


@bp.get("/letters")
@allow(Action.MANAGE_LETTERS)
def letter_register() -> ResponseReturnValue:
    """The register of letters."""
    register = letter_table(Place(building_id=request.args.get("building", type=int)))
    counts = letter_queries.counts(reader(), g.community.id)
    return page("registrar/letters.html", register=register, counts=counts, state_of=letter_queries.state_of)


@bp.post("/households/<int:household_id>/letters")
@allow(Action.MANAGE_LETTERS, about=this_household)
def issue_letter(household_id: int) -> ResponseReturnValue:
    """Issue a letter, or a new one in place of the old; its code is on this page only."""
    with transaction() as tx:
        issued = letter_issuing.issue(
            tx.session,
            current_actor(),
            household_id,
            config().code_key,
            seen=request.form.get("seen", type=int),
            for_owner=request.form.get("for_owner") == "1",
            now=tx.now,
        )
    return _print_page([issued], url_for(".household", household_id=household_id))


@bp.get("/letters/building/<int:building_id>")
@allow(Action.MANAGE_LETTERS)
def building_letters(building_id: int) -> ResponseReturnValue:
    """How many letters a building still needs."""
    building = households.building(reader(), g.community.id, building_id)
    if building is None:
        raise NotFound()
    rows = [row for row in households.buildings(reader(), g.community.id) if row.building_id == building_id]
    return render_template(
        "registrar/building_letters.html",
        building=building,
        number=sum(row.households for row in rows),
        without=sum(row.without_letter for row in rows),
        undelivered=sum(row.undelivered for row in rows),
        seen=letter_issuing.newest_in(reader(), building_id),
    )


@bp.post("/letters/building/<int:building_id>")
@allow(Action.MANAGE_LETTERS)
def issue_building_letters(building_id: int) -> ResponseReturnValue:
    """Letters for the whole building; their codes are on this page only."""
    with transaction() as tx:
        issued = letter_issuing.issue_for_building(
            tx.session,
            current_actor(),
            g.community.id,
            building_id,
            config().code_key,
            seen=request.form.get("seen", 0, type=int),
            undelivered_too=request.form.get("undelivered_too") == "1",
            now=tx.now,
        )
    return _print_page(issued, url_for(".building_letters", building_id=building_id))


@bp.post("/letters/<int:letter_id>/delivered")
@allow(Action.MANAGE_LETTERS, about=this_letter)
def record_delivery(letter_id: int) -> ResponseReturnValue:
    """The letter reached somebody of the household."""
    form, household_id = DeliveryForm(), this_letter(letter_id).household_id or 0
    if not form.validate():
        return household_page(household_id, delivery_form=form), 422
    try:
        with transaction() as tx:
            letters.record_delivery(tx.session, current_actor(), letter_id, text(form.to_whom), now=tx.now)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return household_page(household_id, delivery_form=form), status
    flash(_("送达已登记，信函上的代码现在可以使用。"))
    return redirect(url_for(".household", household_id=household_id))


@bp.post("/letters/<int:letter_id>/freeze")
@allow(Action.MANAGE_LETTERS, about=this_letter)
def freeze_letter(letter_id: int) -> ResponseReturnValue:
    """Somebody called: the code opens nothing from now on."""
    form, household_id = ReasonForm(), this_letter(letter_id).household_id or 0
    if not form.validate():
        return household_page(household_id, reason_form=form), 422
    with transaction() as tx:
        letters.freeze(tx.session, current_actor(), letter_id, text(form.reason), now=tx.now)
    flash(_("信函已经冻结，代码不能再用。要继续使用，请换发新的信函。"))
    return redirect(url_for(".household", household_id=household_id))


def _print_page(issued: Sequence[IssuedLetter], back_url: str) -> ResponseReturnValue:
    """The sheets to print, one for each letter, in walking order."""
    homes = households.some(reader(), g.community.id, [one.household_id for one in issued])
    return letters_sheet(issued, homes, back_url)
