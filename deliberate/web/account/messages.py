"""Everything that one was told, newest first: staff and residents alike, of every community of theirs."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.permissions import Action
from deliberate.queries import inbox as told
from deliberate.services import inbox

from ..access import allow, current_actor
from ..store import reader, transaction
from .blueprint import bp


@bp.get("/messages")
@allow(Action.MANAGE_OWN_ACCOUNT)
def messages() -> ResponseReturnValue:
    """Unread ones are marked; the rest stays to be looked up."""
    older = request.args.get("older", type=int)
    found, older_than = told.of_account(reader(), current_actor().account_id, older_than=older)
    return render_template("account/messages.html", told=found, older=older, older_than=older_than)


@bp.post("/messages")
@allow(Action.MANAGE_OWN_ACCOUNT)
def read_all() -> ResponseReturnValue:
    """Put away what the page had shown, and nothing else."""
    since, up_to = (request.form.get(name, 0, type=int) for name in ("since", "up_to"))
    with transaction() as tx:
        inbox.put_all_away(tx.session, current_actor(), since=since, up_to=up_to, now=tx.now)
    flash(_("已经标为看过。"))
    return redirect(url_for("account.messages"))
