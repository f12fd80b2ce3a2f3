"""The people who do the work: accounts for staff, and who holds which role."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deliberate.domain.errors import BadInput, NotFound, Stale
from deliberate.domain.permissions import Action, Role
from deliberate.queries.accounts import SeenAccount
from deliberate.services import accounts, credentials, staff

from .. import whose_account
from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.registrar import GrantForm, StaffForm
from ..store import transaction
from ..tables import page
from .blueprint import bp
from .tables import staff_table


@bp.get("/people")
@allow(Action.MANAGE_PEOPLE)
def people() -> ResponseReturnValue:
    """Everybody with a role here."""
    return _page()


@bp.post("/people/new")
@allow(Action.MANAGE_PEOPLE)
def new_staff() -> ResponseReturnValue:
    """An account for a member of staff; the password is shown this once."""
    form = StaffForm()
    form.offer()
    if not form.validate():
        return _page(staff_form=form), 422
    try:
        with transaction() as tx:
            made = staff.create(
                tx.session,
                current_actor(),
                g.community.id,
                user_name=text(form.user_name),
                display_name=text(form.display_name),
                telephone=text(form.telephone),
                roles=[Role(value) for value in form.roles.data or []],
                now=tx.now,
            )
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(staff_form=form), status
    return render_template("registrar/password_once.html", made=made, back_url=url_for(".people"))


@bp.post("/people/grant")
@allow(Action.MANAGE_PEOPLE)
def grant_role() -> ResponseReturnValue:
    """A role for somebody who has an account."""
    form = GrantForm()
    form.offer()
    if not form.validate():
        return _page(grant_form=form), 422
    shown_id = form.account_id.data
    if shown_id is None:
        seen = whose_account.seen(form)
        return _page(grant_form=form, seen=seen), 200 if seen else 422
    try:
        with transaction() as tx:
            found = accounts.meant(tx.session, text(form.name_or_telephone), shown_id)
            staff.grant(
                tx.session, current_actor(), g.community.id, found.id, Role(form.role.data), now=tx.now
            )
    except (BadInput, Stale) as refusal:
        status = show_refusal(form, refusal)
        return _page(grant_form=form), status
    flash(_("已经授予职责。"))
    return redirect(url_for(".people"))


@bp.post("/people/<int:account_id>/revoke/<role>")
@allow(Action.MANAGE_PEOPLE)
def revoke_role(account_id: int, role: str) -> ResponseReturnValue:
    """Take a role away."""
    if role not in list(Role):
        raise NotFound()
    with transaction() as tx:
        staff.revoke(tx.session, current_actor(), g.community.id, account_id, Role(role), now=tx.now)
    flash(_("已经取消职责。"))
    return redirect(url_for(".people"))


@bp.post("/people/<int:account_id>/password")
@allow(Action.MANAGE_PEOPLE)
def give_password(account_id: int) -> ResponseReturnValue:
    """For somebody of this community who forgot theirs; shown this once."""
    with transaction() as tx:
        made = credentials.give_password(tx.session, current_actor(), g.community.id, account_id, now=tx.now)
    return render_template("registrar/password_once.html", made=made, back_url=url_for(".people"))


def _page(
    staff_form: StaffForm | None = None,
    grant_form: GrantForm | None = None,
    seen: SeenAccount | None = None,
) -> str | Response:
    staff_form = staff_form or StaffForm(formdata=None)
    grant_form = grant_form or GrantForm(formdata=None)
    staff_form.offer()
    grant_form.offer()
    return page(
        "registrar/people.html",
        staff=staff_table(),
        staff_form=staff_form,
        grant_form=grant_form,
        seen=seen,
    )
