"""The stack of a full recheck: one form at a time, its picture beside its record."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Subject
from deliberate.domain.spot_check import FormShows
from deliberate.queries import form_checks, spot_checks, subjects
from deliberate.services.form_checks import check_form

from .access import current_actor
from .forms.spot_checks import FormCheckForm
from .results import the_counting
from .store import config, reader, transaction


def page(round_id: int, form: FormCheckForm | None = None) -> str:
    """The next form that this person may check, and how many there are."""
    return render_template(
        "moderator/form_stack.html",
        counting=the_counting(round_id),
        recheck=spot_checks.recheck_of(reader(), round_id),
        progress=form_checks.progress(reader(), round_id),
        one=form_checks.next_form(reader(), current_actor(), round_id),
        form=form or FormCheckForm(formdata=None),
    )


def _the_form(consent_id: int) -> form_checks.Form:
    found = form_checks.of_consent(reader(), g.community.id, consent_id)
    if found is None:
        raise NotFound()
    return found


def about_form(consent_id: int, **_args: Any) -> Subject:
    """The household of the form, and those who recorded its answers."""
    entry = _the_form(consent_id).entry
    return subjects.of_case(reader(), entry.id, g.community.id)


def check(consent_id: int) -> ResponseReturnValue:
    """Keep what the form shows, then the next one."""
    round_id, form = _the_form(consent_id).consent.consent_round_id, FormCheckForm()
    if not form.validate():
        return page(round_id, form), 422
    lock = Lock(proposal_id=the_counting(round_id).proposal.id, round_id=round_id)
    shows = FormShows(form.shows.data)
    with transaction(lock) as tx:
        check_form(tx.session, current_actor(), consent_id, shows, key=config().code_key, now=tx.now)
    flash(_("已核对，下一张。"))
    return redirect(url_for(".form_stack", round_id=round_id))
