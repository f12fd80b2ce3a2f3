"""One household: what the roll says, corrections with their reasons, members, letters."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import NotFound, Refusal
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.roll_cells import Occupancy
from deliberate.queries import households, subjects
from deliberate.queries import letters as letter_queries
from deliberate.queries.accounts import SeenAccount
from deliberate.services import households as deeds

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.registrar import CorrectionForm, DeliveryForm, JoinForm, NewMemberForm, OwnerForm, ReasonForm
from ..store import reader, roll_transaction
from .blueprint import bp


def this_household(household_id: int, **_: Any) -> Subject:
    """The household of the address, if it is of this community."""
    return subjects.of_household(reader(), household_id, g.community.id)


@bp.get("/households/<int:household_id>")
@allow(Action.READ_ROLL, about=this_household)
def household(household_id: int) -> ResponseReturnValue:
    """Everything about one household."""
    return household_page(household_id)


def household_page(
    household_id: int,
    *,
    join_form: JoinForm | None = None,
    seen: SeenAccount | None = None,
    member_form: NewMemberForm | None = None,
    reason_form: ReasonForm | None = None,
    delivery_form: DeliveryForm | None = None,
    owner_form: OwnerForm | None = None,
) -> str:
    """The page, with the one form that came back, if any, and the account that is to be confirmed."""
    home = _home(household_id)
    letters = letter_queries.of_household(reader(), household_id)
    standing = [letter.for_owner for letter in letters if letter.replaced_at is None]
    return render_template(
        "registrar/household.html",
        home=home,
        same_owner=households.of_same_owner(reader(), home),
        changes=households.changes(reader(), household_id),
        members=households.members(reader(), household_id),
        standing_household=False in standing,
        standing_owner=True in standing,
        letters=[(letter, letter_queries.state_of(letter)) for letter in letters],
        seen=seen,
        join_form=join_form or JoinForm(formdata=None),
        member_form=member_form or NewMemberForm(formdata=None),
        reason_form=reason_form or ReasonForm(formdata=None),
        delivery_form=delivery_form or DeliveryForm(formdata=None),
        owner_form=owner_form or OwnerForm(formdata=None),
    )


@bp.get("/households/<int:household_id>/correct")
@allow(Action.CHANGE_ROLL, about=this_household)
def correct(household_id: int) -> ResponseReturnValue:
    """The form of a correction."""
    home = _home(household_id)
    area = "" if home.area is None else f"{home.area // 100}.{home.area % 100:02d}"
    form = CorrectionForm(obj=home, area=area, seen=deeds.newest_change(reader(), household_id))
    form.area.data, form.occupancy.data = area, home.occupancy.value
    return _correction_page(form, home)


@bp.post("/households/<int:household_id>/correct")
@allow(Action.CHANGE_ROLL, about=this_household)
def correct_now(household_id: int) -> ResponseReturnValue:
    """Keep the correction with its reason."""
    form = CorrectionForm()
    form.offer(_grids())
    if not form.validate():
        return _correction_page(form, _home(household_id)), 422
    try:
        with roll_transaction() as tx:
            deeds.correct(
                tx.session,
                current_actor(),
                household_id,
                _facts(form),
                text(form.reason),
                seen=form.seen.data or 0,
                now=tx.now,
            )
    except Refusal as refusal:
        if "field" not in refusal.params:
            raise
        status = show_refusal(form, refusal)
        return _correction_page(form, _home(household_id)), status
    flash(_("已经更正，原因和原来的内容都保留着。"))
    return redirect(url_for(".household", household_id=household_id))


@bp.post("/households/<int:household_id>/gone")
@allow(Action.CHANGE_ROLL, about=this_household)
def mark_gone(household_id: int) -> ResponseReturnValue:
    """The dwelling is no more."""
    form = ReasonForm()
    if not form.validate():
        return household_page(household_id, reason_form=form), 422
    with roll_transaction() as tx:
        deeds.mark_gone(tx.session, current_actor(), household_id, text(form.reason), now=tx.now)
    flash(_("这一户已移出户册，信函代码已冻结。以后可以恢复。"))
    return redirect(url_for(".household", household_id=household_id))


@bp.post("/households/<int:household_id>/back")
@allow(Action.CHANGE_ROLL, about=this_household)
def bring_back(household_id: int) -> ResponseReturnValue:
    """It was marked by mistake."""
    form = ReasonForm()
    if not form.validate():
        return household_page(household_id, reason_form=form), 422
    with roll_transaction() as tx:
        deeds.bring_back(tx.session, current_actor(), household_id, text(form.reason), now=tx.now)
    flash(_("这一户已恢复到户册里。原来的信函仍然冻结，请给这一户发新的信函。"))
    return redirect(url_for(".household", household_id=household_id))


def _facts(form: CorrectionForm) -> deeds.Facts:
    return deeds.Facts(
        form.grid_id.data,
        text(form.unit),
        text(form.room),
        text(form.floor),
        text(form.head_name),
        text(form.telephone),
        text(form.area),
        Occupancy(form.occupancy.data),
        text(form.note),
    )


def _home(household_id: int) -> Any:
    home = households.one(reader(), g.community.id, household_id)
    if home is None:
        raise NotFound()
    return home


def _correction_page(form: CorrectionForm, home: Any) -> str:
    form.offer(_grids())
    return render_template("registrar/correct.html", form=form, home=home)


def _grids() -> list[tuple[int, str]]:
    return [(grid.id, grid.name) for grid in households.grids(reader(), g.community.id)]
