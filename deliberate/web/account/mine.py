"""One's own account: name, telephone, password, homes."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput, TooMany
from deliberate.domain.permissions import Action
from deliberate.queries import accounts as account_queries
from deliberate.queries import households
from deliberate.services import accounts, credentials, memberships, throttle

from ..access import allow, current_actor
from ..back import place
from ..forms.account import ChangePasswordForm, NameForm
from ..forms.fields import show_refusal, text
from ..store import config, reader, transaction
from . import tries
from .blueprint import bp
from .session import begin


@bp.get("/")
@allow(Action.MANAGE_OWN_ACCOUNT)
def mine() -> ResponseReturnValue:
    """My account."""
    account = account_queries.one(reader(), current_actor().account_id)
    return _page(NameForm(obj=account), ChangePasswordForm())


@bp.post("/name")
@allow(Action.MANAGE_OWN_ACCOUNT)
def rename() -> ResponseReturnValue:
    """Change name and telephone."""
    form = NameForm()
    if not form.validate():
        return _page(form, ChangePasswordForm()), 422
    try:
        _rename(text(form.display_name), text(form.telephone))
    except (BadInput, TooMany) as refusal:
        status = show_refusal(form, refusal)
        return _page(form, ChangePasswordForm()), status
    flash(_("已经保存。"))
    return redirect(url_for("account.mine"))


def _rename(display_name: str, telephone: str) -> None:
    """A number that is free is told as much as one that is taken: only a refusal for another reason is no try."""
    actor = current_actor()
    account = account_queries.one(reader(), actor.account_id)
    same = account is not None and accounts.tried_name(telephone) == account.telephone
    counted = tries.of_number(f"account {actor.account_id}", "" if same else telephone)
    try:
        with transaction() as tx:
            accounts.rename(tx.session, actor, display_name, telephone)
    except BadInput as refusal:
        if not tries.tells_of_number(refusal):
            tries.give_back(counted)
        raise


@bp.post("/password")
@allow(Action.MANAGE_OWN_ACCOUNT)
def change_password() -> ResponseReturnValue:
    """Change the password; this browser stays signed in, all others don't."""
    form = ChangePasswordForm()
    name_form = NameForm(formdata=None, obj=account_queries.one(reader(), current_actor().account_id))
    if not form.validate():
        return _page(name_form, form), 422
    counted = _password_tries()
    tries.count(counted)
    try:
        with transaction() as tx:
            account = credentials.change_password(
                tx.session, current_actor(), text(form.current), text(form.password)
            )
    except BadInput as refusal:
        if refusal.params.get("field") != "current":  # it was right, the new one is not
            tries.give_back(counted)
        status = show_refusal(form, refusal)
        return _page(name_form, form), status
    tries.give_back(counted)
    begin(account.id, account.epoch)
    flash(_("密码改好了。其他设备都已经退出。"))
    return redirect(url_for("account.mine"))


def _password_tries() -> Sequence[throttle.Try]:
    """Counted as a sign-in is: an open session is no place to guess a password in."""
    account = account_queries.one(reader(), current_actor().account_id)
    name = account.user_name if account else ""
    return throttle.password_tries(config().code_key, accounts.tried_name(name), place())


@bp.post("/end-sessions")
@allow(Action.MANAGE_OWN_ACCOUNT)
def end_sessions() -> ResponseReturnValue:
    """Sign out everywhere else."""
    with transaction() as tx:
        account = accounts.end_sessions(tx.session, current_actor())
    begin(account.id, account.epoch)
    flash(_("其他设备都已经退出。"))
    return redirect(url_for("account.mine"))


@bp.post("/homes/<int:membership_id>/leave")
@allow(Action.MANAGE_OWN_ACCOUNT)
def leave_home(membership_id: int) -> ResponseReturnValue:
    """I don't live there any more."""
    with transaction() as tx:
        memberships.leave(tx.session, current_actor(), membership_id, now=tx.now)
    flash(_("您已经不在这一户。"))
    return redirect(url_for("account.mine"))


def _page(name_form: NameForm, password_form: ChangePasswordForm) -> str:
    actor = current_actor()
    assert actor.account_id is not None  # noqa: S101 - the right to be here
    return render_template(
        "account/mine.html",
        name_form=name_form,
        password_form=password_form,
        account=account_queries.one(reader(), actor.account_id),
        homes=households.homes_of(reader(), actor.account_id),
    )
