"""Heads and observers at the desk: the notice that was posted, keys that cosign, addresses that are written to."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Transaction
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import heads, observers
from deliberate.services import observers as deeds

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.ledger import AddressForm, ObserverKeyForm, PostedForm
from ..store import now, reader, transaction
from .blueprint import bp


def _about_head(head_id: int) -> Subject:
    heads.one(reader(), g.community.id, head_id)
    return Subject(g.community.id)


def _about_key(key_id: int) -> Subject:
    observers.key(reader(), g.community.id, key_id)
    return Subject(g.community.id)


def _about_address(address_id: int) -> Subject:
    observers.address(reader(), g.community.id, address_id)
    return Subject(g.community.id)


@bp.get("/ledger")
@allow(Action.KEEP_OBSERVERS)
def ledger() -> ResponseReturnValue:
    """What is to be posted, and who watches."""
    return _page()


@bp.post("/ledger/posted/<int:head_id>")
@allow(Action.PUBLISH, about=_about_head)
def post_head(head_id: int) -> ResponseReturnValue:
    """The notice of this head hangs on a board."""
    form = PostedForm()

    def deed(tx: Transaction) -> None:
        posted_at = form.posted_at.moment or tx.now
        deeds.post_notice(
            tx.session, current_actor(), g.community.id, head_id, text(form.board), posted_at, now=tx.now
        )

    return _do(form, "posted", deed, _("已经记下。"))


@bp.post("/ledger/observers")
@allow(Action.KEEP_OBSERVERS)
def add_observer_key() -> ResponseReturnValue:
    """An observer may cosign."""
    form = ObserverKeyForm()

    def deed(tx: Transaction) -> None:
        deeds.add_key(tx.session, current_actor(), g.community.id, text(form.vkey), now=tx.now)

    return _do(form, "key", deed, _("已经登记。"))


@bp.post("/ledger/observers/<int:key_id>/end")
@allow(Action.KEEP_OBSERVERS, about=_about_key)
def end_observer_key(key_id: int) -> ResponseReturnValue:
    """An observer cosigns no longer."""
    with transaction() as tx:
        deeds.end_key(tx.session, current_actor(), g.community.id, key_id, now=tx.now)
    flash(_("已经停用。"))
    return redirect(url_for(".ledger"))


@bp.post("/ledger/addresses")
@allow(Action.KEEP_OBSERVERS)
def add_observer_address() -> ResponseReturnValue:
    """Heads go to one more address."""
    form = AddressForm()

    def deed(tx: Transaction) -> None:
        deeds.add_address(tx.session, current_actor(), g.community.id, text(form.address), now=tx.now)

    return _do(form, "address", deed, _("已经保存。"))


@bp.post("/ledger/addresses/<int:address_id>/remove")
@allow(Action.KEEP_OBSERVERS, about=_about_address)
def remove_observer_address(address_id: int) -> ResponseReturnValue:
    """Heads go there no longer."""
    with transaction() as tx:
        deeds.remove_address(tx.session, current_actor(), g.community.id, address_id, now=tx.now)
    flash(_("已经删除。"))
    return redirect(url_for(".ledger"))


def _do(form: Any, name: str, deed: Callable[[Transaction], None], done: str) -> ResponseReturnValue:
    """One deed for one form; what cannot be taken is said at the form."""
    if not form.validate():
        return _page(**{name: form}), 422
    try:
        with transaction() as tx:
            deed(tx)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(**{name: form}), status
    flash(done)
    return redirect(url_for(".ledger"))


def _page(
    posted: PostedForm | None = None,
    key: ObserverKeyForm | None = None,
    address: AddressForm | None = None,
) -> str:
    view_of = heads.overview(reader(), g.community.id, now(), heads=1)
    return render_template(
        "moderator/ledger.html",
        view_of=view_of,
        posted=posted or PostedForm(formdata=None, data={"posted_at": now()}),
        key=key or ObserverKeyForm(formdata=None),
        address=address or AddressForm(formdata=None),
        keys=observers.keys(reader(), g.community.id),
        addresses=observers.addresses(reader(), g.community.id),
    )
