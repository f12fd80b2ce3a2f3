"""Where a household wishes to be told of what is recorded for it."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.contact import ContactWay
from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.rules import Electorate
from deliberate.queries import contacts as left
from deliberate.services import contacts

from ..access import allow, current_actor
from ..forms.account import ContactForm
from ..forms.fields import show_refusal, text
from ..homes import my_home_or_owned_id, my_household
from ..languages import language
from ..store import reader, transaction
from .blueprint import bp


def this_contact(contact_id: int, **_args: Any) -> Subject:
    """The home that left it."""
    found = left.home_of(reader(), g.community.id, contact_id)
    if found is None:
        raise NotFound()
    home, voice = found
    if voice is Electorate.OWNER:
        return Subject(g.community.id, owned_ids=frozenset({home}))
    return Subject(g.community.id, household_id=home)


@bp.get("/contacts")
@allow(Action.SEE_OWN_HOUSEHOLD, about=my_household)
def contact_list() -> ResponseReturnValue:
    """What was left, and the form."""
    return _page(ContactForm(formdata=None))


@bp.post("/contacts")
@allow(Action.SEE_OWN_HOUSEHOLD, about=my_household)
def leave_contact() -> ResponseReturnValue:
    """Leave one more."""
    form = ContactForm()
    if not form.validate():
        return _page(form), 422
    try:
        with transaction() as tx:
            contacts.leave(
                tx.session,
                current_actor(),
                _home(),
                ContactWay(form.way.data),
                text(form.address),
                language(),
                now=tx.now,
            )
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(form), status
    flash(_("已经登记。以后每登记一份您家的意见，都会通知这里。"))
    return redirect(url_for(".contact_list"))


@bp.post("/contacts/<int:contact_id>/end")
@allow(Action.SEE_OWN_HOUSEHOLD, about=this_contact)
def end_contact(contact_id: int) -> ResponseReturnValue:
    """Take one away."""
    with transaction() as tx:
        contacts.end(tx.session, current_actor(), contact_id, now=tx.now)
    flash(_("已经取消。"))
    return redirect(url_for(".contact_list"))


def _home() -> int:
    home = my_home_or_owned_id()
    if home is None:
        raise NotFound()
    return home


def _page(form: ContactForm) -> str:
    shown = left.of_household(reader(), g.community.id, _home())
    return render_template("resident/contacts.html", contacts=shown, form=form)
