"""Asking households again: the list of a person, and one home at a time, blind to the record."""

from typing import Any
from uuid import uuid4

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Subject
from deliberate.domain.spot_check import Said, Way
from deliberate.queries import counts, spot_samples
from deliberate.services import revisits

from .access import current_actor
from .forms.fields import text
from .forms.spot_checks import NOBODY, RevisitForm
from .results import the_counting
from .store import reader, transaction


def list_page() -> str:
    """Every home that this person asks, in the order in which one walks."""
    walks = spot_samples.walks_of(reader(), g.community.id, current_actor().account_id)
    return render_template("canvasser/revisits.html", walks=walks)


def the_home(sample_id: int) -> spot_samples.Asked:
    """The home of the address, if of this community."""
    found = spot_samples.one_asked(reader(), g.community.id, sample_id)
    if found is None:
        raise NotFound()
    return found


def about_home(sample_id: int, **_args: Any) -> Subject:
    """The household, who asks there, and those who must not."""
    return spot_samples.subject(reader(), the_home(sample_id))


def page(sample_id: int, form: RevisitForm | None = None) -> str:
    """One home: what is asked, how often somebody was there; nothing of the record."""
    one = the_home(sample_id)
    counting: counts.Counting = the_counting(one.sample.consent_round_id)
    form = form or RevisitForm(formdata=None, request_id=str(uuid4()))
    return render_template("canvasser/revisit.html", one=one, counting=counting, form=form)


def keep(sample_id: int) -> ResponseReturnValue:
    """Keep an attempt, then back to the list."""
    form = RevisitForm()
    if not form.validate():
        return page(sample_id, form), 422
    said = None if form.said.data == NOBODY else Said(form.said.data)
    with transaction(Lock.round(the_home(sample_id).sample.consent_round_id)) as tx:
        revisits.keep_attempt(
            tx.session,
            current_actor(),
            sample_id,
            Way(form.way.data),
            said,
            request_id=text(form.request_id),
            now=tx.now,
        )
    flash(_("回访已保存。"))
    return redirect(url_for(".revisits"))
