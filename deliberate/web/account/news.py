"""How I am told: an address for mail, a pace for each topic, and what is always sent, with the reason why."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.contact import ContactWay, veiled
from deliberate.domain.errors import BadInput
from deliberate.domain.news import DIGEST_HOUR, Pace
from deliberate.domain.permissions import Action
from deliberate.queries import news as news_queries
from deliberate.services import news, throttle

from ..access import allow, current_actor
from ..back import place
from ..forms.fields import show_refusal, text
from ..forms.news import AddressForm, CodeForm, LessForm, PacesForm
from ..store import config, reader, transaction
from . import tries
from .blueprint import bp


@bp.get("/news")
@allow(Action.MANAGE_OWN_ACCOUNT)
def news_choices() -> ResponseReturnValue:
    """What I chose."""
    return _page()


@bp.post("/news")
@allow(Action.MANAGE_OWN_ACCOUNT)
def choose_news() -> ResponseReturnValue:
    """Keep a pace for each topic."""
    form = PacesForm()
    if not form.validate():
        return _page(paces=form), 422
    with transaction() as tx:
        news.choose(tx.session, current_actor(), form.chosen)
    flash(_("已经保存。"))
    return redirect(url_for(".news_choices"))


@bp.post("/news/address")
@allow(Action.MANAGE_OWN_ACCOUNT)
def leave_news_address() -> ResponseReturnValue:
    """Leave an address; a code is sent there. So many an hour, that no stranger's box is filled."""
    form = AddressForm()
    if not form.validate():
        return _page(address=form), 422
    tries.count(throttle.address_tries(config().code_key, current_actor().account_id, place()))
    try:
        with transaction() as tx:
            wish = news.leave_address(tx.session, current_actor(), text(form.address), now=tx.now)
            proved = wish.proved_at is not None
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(address=form), status
    flash(_("这个邮箱已经确认过。") if proved else _("代码几分钟内发到您的邮箱,请在这里输入。"))
    return redirect(url_for(".news_choices"))


@bp.post("/news/code")
@allow(Action.MANAGE_OWN_ACCOUNT)
def prove_news_address() -> ResponseReturnValue:
    """The code came."""
    form = CodeForm()
    if not form.validate():
        return _page(code=form), 422
    try:
        with transaction() as tx:
            news.prove(tx.session, current_actor(), text(form.code), config().code_key, now=tx.now)
    except BadInput as refusal:
        form.code.data = ""
        status = show_refusal(form, refusal)
        return _page(code=form), status
    flash(_("邮箱已经确认。"))
    return redirect(url_for(".news_choices"))


@bp.post("/news/address/drop")
@allow(Action.MANAGE_OWN_ACCOUNT)
def drop_news_address() -> ResponseReturnValue:
    """No mail any more."""
    with transaction() as tx:
        news.take_address_back(tx.session, current_actor())
    flash(_("邮箱已经删除,以后只在网页上通知您。"))
    return redirect(url_for(".news_choices"))


@bp.get("/less/<link>")
@allow(Action.READ_PUBLIC)
def less(link: str) -> ResponseReturnValue:
    """From a letter, without signing in: choose less. Asking changes nothing, for mail programs look at links."""
    news.wish_of_token(reader(), link, config().code_key)
    return render_template("account/less.html", link=link, done=False, hour=DIGEST_HOUR)


@bp.post("/less/<link>")
@allow(Action.READ_PUBLIC)
def choose_less(link: str) -> ResponseReturnValue:
    """From that page, or by the mail program's own button (RFC 8058): then nothing but what must be is sent."""
    pace = LessForm.pace_of(request.form.get("pace", ""))
    with transaction() as tx:
        news.choose_less(tx.session, link, pace, config().code_key)
    return render_template("account/less.html", link=link, done=True, pace=pace.value, hour=DIGEST_HOUR)


def _page(**forms: Any) -> str:
    wish = news_queries.wish_of(reader(), current_actor().account_id)
    chosen = wish.paces if wish else {}
    return render_template(
        "account/news.html",
        wish=wish,
        shown=veiled(ContactWay.EMAIL, wish.address) if wish and wish.address else "",
        paces=forms.get("paces") or PacesForm(formdata=None, data=PacesForm.standing(chosen)),
        address=forms.get("address") or AddressForm(formdata=None),
        code=forms.get("code") or CodeForm(formdata=None),
        hour=DIGEST_HOUR,
        in_app=Pace.IN_APP.value,
    )
