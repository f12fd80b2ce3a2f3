"""Who belongs to a household: joined at the desk, ended when they move."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput, NotFound, Stale
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import households
from deliberate.services import memberships

from .. import whose_account
from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.registrar import JoinForm, NewMemberForm, ReasonForm
from ..store import reader, transaction
from .blueprint import bp
from .household import household_page, this_household


def this_membership(membership_id: int, **_: Any) -> Subject:
    """The household of a membership, if it is of this community."""
    found = households.membership(reader(), g.community.id, membership_id)
    if found is None:
        raise NotFound()
    return Subject(g.community.id, household_id=found.household_id)


@bp.post("/households/<int:household_id>/join")
@allow(Action.HELP_AT_DESK, about=this_household)
def join(household_id: int) -> ResponseReturnValue:
    """Join somebody who stands at the desk and has an account."""
    form = JoinForm()
    if not form.validate():
        return household_page(household_id, join_form=form), 422
    shown_id = form.account_id.data
    if shown_id is None:
        seen = whose_account.seen(form)
        return household_page(household_id, join_form=form, seen=seen), 200 if seen else 422
    try:
        with transaction() as tx:
            memberships.join_at_desk(
                tx.session,
                current_actor(),
                household_id,
                text(form.name_or_telephone),
                shown_id=shown_id,
                as_owner=form.as_owner.data,
                lives_there=form.lives_there.data,
                now=tx.now,
            )
    except (BadInput, Stale) as refusal:
        status = show_refusal(form, refusal)
        return household_page(household_id, join_form=form), status
    flash(_("已经加入这一户，记录为工作人员协助办理。"))
    return redirect(url_for(".household", household_id=household_id))


@bp.post("/households/<int:household_id>/join-new")
@allow(Action.HELP_AT_DESK, about=this_household)
def join_new(household_id: int) -> ResponseReturnValue:
    """Make an account for somebody at the desk and join it; the password is shown this once."""
    form = NewMemberForm()
    if not form.validate():
        return household_page(household_id, member_form=form), 422
    try:
        with transaction() as tx:
            made = memberships.register_at_desk(
                tx.session,
                current_actor(),
                household_id,
                user_name=text(form.user_name),
                display_name=text(form.display_name),
                telephone=text(form.telephone),
                as_owner=form.as_owner.data,
                lives_there=form.lives_there.data,
                now=tx.now,
            )
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return household_page(household_id, member_form=form), status
    back = url_for(".household", household_id=household_id)
    return render_template("registrar/password_once.html", made=made, back_url=back)


@bp.post("/memberships/<int:membership_id>/end")
@allow(Action.HELP_AT_DESK, about=this_membership)
def end_membership(membership_id: int) -> ResponseReturnValue:
    """Somebody moved, or was joined by mistake."""
    form = ReasonForm()
    subject = this_membership(membership_id)
    household_id = subject.household_id or 0
    if not form.validate():
        return household_page(household_id, reason_form=form), 422
    with transaction() as tx:
        memberships.end(tx.session, current_actor(), membership_id, text(form.reason), now=tx.now)
    flash(_("已经登记。如果这个人知道信函代码，请给这一户换发信函。"))
    return redirect(url_for(".household", household_id=household_id))
