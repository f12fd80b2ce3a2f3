"""Signing in and out."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, logout_user

from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.services import accounts, credentials, throttle

from .. import unfinished
from ..access import allow
from ..back import place, way_back
from ..forms.account import NewPasswordForm, SignInForm
from ..forms.fields import show_refusal, text
from ..store import config, reader, transaction
from . import tries
from .blueprint import bp
from .session import ONCE, begin, landing


@bp.get("/sign-in")
@allow(Action.SIGN_IN)
def sign_in() -> ResponseReturnValue:
    """The sign-in page; who is signed in already goes on."""
    target = way_back(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target or landing(current_user.id))
    return render_template("account/sign_in.html", form=SignInForm(next=target))


@bp.post("/sign-in")
@allow(Action.SIGN_IN)
def sign_in_now() -> ResponseReturnValue:
    """Sign in, or come back with one sentence for a wrong name and a wrong password alike."""
    form = SignInForm()
    if not form.validate():
        return render_template("account/sign_in.html", form=form), 422
    name, password = text(form.name_or_telephone), text(form.password)
    counted = throttle.password_tries(config().code_key, accounts.tried_name(name), place())
    tries.count(counted)
    try:
        account = credentials.verify(reader(), name, password)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return render_template("account/sign_in.html", form=form), status
    tries.give_back(counted)
    if account.password_once:
        session[ONCE] = [account.id, account.epoch]
        return redirect(url_for("account.new_password", next=way_back(form.next.data)))
    begin(account.id, account.epoch)
    return redirect(way_back(form.next.data) or landing(account.id))


@bp.get("/new-password")
@allow(Action.SIGN_IN)
def new_password() -> ResponseReturnValue:
    """Choose a password of one's own in place of the one that was given."""
    if ONCE not in session:
        return redirect(url_for("account.sign_in"))
    return render_template("account/new_password.html", form=NewPasswordForm())


@bp.post("/new-password")
@allow(Action.SIGN_IN)
def choose_password() -> ResponseReturnValue:
    """Keep it, and sign in."""
    form = NewPasswordForm()
    if ONCE not in session:
        return redirect(url_for("account.sign_in"))
    if not form.validate():
        return render_template("account/new_password.html", form=form), 422
    account_id, epoch = session[ONCE]
    try:
        with transaction() as tx:
            account = credentials.choose_password(tx.session, account_id, epoch, text(form.password))
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return render_template("account/new_password.html", form=form), status
    begin(account.id, account.epoch)
    flash(_("密码已经换成您自己的。"))
    return redirect(way_back(request.args.get("next")) or landing(account.id))


@bp.post("/sign-out")
@allow(Action.SIGN_IN)
def sign_out() -> ResponseReturnValue:
    """Leave; nothing of the person stays in this browser, the letter in hand included."""
    logout_user()
    session.clear()
    unfinished.forget()
    flash(_("您已经退出。"))
    return redirect(url_for("account.sign_in"))
