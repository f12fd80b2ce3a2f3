"""The tablets that are enrolled under this person's name: what they send counts as this person's work."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.permissions import Action
from deliberate.queries import own_tablets
from deliberate.services import devices

from ..access import allow, current_actor
from ..store import reader, transaction
from .blueprint import bp


@bp.get("/tablets")
@allow(Action.CANVASS)
def tablets() -> ResponseReturnValue:
    """Each with who gave its code, and the way to stop it."""
    found = own_tablets.of_person(reader(), g.community.id, current_actor().account_id)
    return render_template("canvasser/tablets.html", tablets=found)


@bp.post("/tablets/stop")
@allow(Action.CANVASS)
def stop_tablet() -> ResponseReturnValue:
    """At once, without anybody else."""
    with transaction() as tx:
        device_id = request.form.get("device", 0, type=int)
        devices.stop_own(tx.session, current_actor(), g.community.id, device_id, now=tx.now)
    flash(_("平板已停用。它以后送来的记录会先留下，等人处理。"))
    return redirect(url_for(".tablets"))
