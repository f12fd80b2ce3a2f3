"""Who scrutinises here: appointed by a moderator, so that no registrar makes the second signature."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput, Stale
from deliberate.domain.permissions import Action, Role
from deliberate.queries import accounts as account_queries
from deliberate.queries.accounts import SeenAccount
from deliberate.services import accounts, staff

from .. import whose_account
from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.registrar import AppointForm
from ..store import reader, transaction
from .blueprint import bp


@bp.get("/scrutineers")
@allow(Action.APPOINT_SCRUTINEER)
def scrutineers() -> ResponseReturnValue:
    """Everybody who scrutinises here."""
    return _page(AppointForm(formdata=None))


@bp.post("/scrutineers")
@allow(Action.APPOINT_SCRUTINEER)
def appoint_scrutineer() -> ResponseReturnValue:
    """Appoint somebody who has an account."""
    form = AppointForm()
    if not form.validate():
        return _page(form), 422
    shown_id = form.account_id.data
    if shown_id is None:
        seen = whose_account.seen(form)
        return _page(form, seen), 200 if seen else 422
    try:
        with transaction() as tx:
            found = accounts.meant(tx.session, text(form.name_or_telephone), shown_id)
            staff.grant(tx.session, current_actor(), g.community.id, found.id, Role.SCRUTINEER, now=tx.now)
    except (BadInput, Stale) as refusal:
        status = show_refusal(form, refusal)
        return _page(form), status
    flash(_("已经安排为监票人。"))
    return redirect(url_for(".scrutineers"))


@bp.post("/scrutineers/<int:account_id>/dismiss")
@allow(Action.APPOINT_SCRUTINEER)
def dismiss_scrutineer(account_id: int) -> ResponseReturnValue:
    """Somebody scrutinises no longer."""
    with transaction() as tx:
        staff.revoke(tx.session, current_actor(), g.community.id, account_id, Role.SCRUTINEER, now=tx.now)
    flash(_("已经取消监票人的职责。"))
    return redirect(url_for(".scrutineers"))


def _page(form: AppointForm, seen: SeenAccount | None = None) -> str:
    staff = account_queries.staff(reader(), g.community.id)
    return render_template(
        "moderator/scrutineers.html",
        people=[person for person in staff if Role.SCRUTINEER in person.roles],
        form=form,
        seen=seen,
    )
