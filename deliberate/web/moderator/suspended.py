"""Papers of a stopped crew: a queue without any answer, and one at a time for the person who asks the household."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.suspicion import Finding
from deliberate.queries import suspensions as queries
from deliberate.services import suspensions as deeds

from ..access import allow, current_actor
from ..forms.fields import text
from ..forms.tablets import RecheckForm
from ..store import config, reader, transaction
from .blueprint import bp


def about_suspended(suspended_id: int, **_args: Any) -> Subject:
    """A suspended paper of this community, with those who recorded it."""
    return queries.subject(reader(), deeds.suspended_of(reader(), suspended_id, g.community.id))


@bp.get("/suspended", endpoint="suspended_papers")
@allow(Action.MANAGE_DEVICES)
def queue() -> ResponseReturnValue:
    """The queue."""
    lines = queries.queue(reader(), current_actor(), g.community.id)
    return render_template("moderator/suspended_papers.html", lines=lines)


@bp.post("/suspended/<int:suspended_id>/take")
@allow(Action.DECIDE_DELIVERY, about=about_suspended)
def take_suspended(suspended_id: int) -> ResponseReturnValue:
    """Take one; from now on it is this person's."""
    with transaction() as tx:
        deeds.take_case(tx.session, current_actor(), suspended_id, now=tx.now)
    return redirect(url_for(".suspended_paper", suspended_id=suspended_id))


@bp.get("/suspended/<int:suspended_id>")
@allow(Action.DECIDE_DELIVERY, about=about_suspended)
def suspended_paper(suspended_id: int) -> ResponseReturnValue:
    """What it says, for the person who took it."""
    return _page(suspended_id, RecheckForm(formdata=None))


@bp.post("/suspended/<int:suspended_id>")
@allow(Action.DECIDE_DELIVERY, about=about_suspended)
def recheck_suspended(suspended_id: int) -> ResponseReturnValue:
    """Keep what the household said."""
    one = deeds.require_holder(reader(), current_actor(), suspended_id)
    form = RecheckForm()
    form.offer(queries.one_line(reader(), current_actor(), one).judgeable)
    if not form.validate():
        return _page(suspended_id, form), 422
    finding, pairs = Finding(form.finding.data), queries.to_lock(reader(), one)
    stops = finding is Finding.FORGED  # a second forgery suspends all that the crew has registered
    with transaction(Lock.crew(pairs[0][0], pairs) if stops else Lock.answers(pairs)) as tx:
        deeds.recheck(
            tx.session,
            current_actor(),
            suspended_id,
            finding,
            text(form.reason),
            key=config().code_key,
            now=tx.now,
        )
    flash(_("核实结果已保存。"))
    return redirect(url_for(".suspended_papers"))


def _page(suspended_id: int, form: RecheckForm) -> str:
    one = deeds.require_holder(reader(), current_actor(), suspended_id)
    case = queries.one_line(reader(), current_actor(), one)
    form.offer(case.judgeable)
    return render_template(
        "moderator/suspended_paper.html",
        case=case,
        shown=queries.paper(reader(), one),
        form=form,
    )
