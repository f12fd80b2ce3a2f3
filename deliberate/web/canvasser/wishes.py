"""A household's wish for a call or a visit: met, or could not be; written down either way."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import walks
from deliberate.services.visits import finish_request

from ..access import allow, current_actor
from ..forms.canvasser import WishForm
from ..store import reader, transaction
from .blueprint import bp


def of_wish(wish_id: int, **_rest: Any) -> Subject:
    """The subject of a wish; not found when it is another community's."""
    if walks.wish(reader(), wish_id, g.community.id) is None:
        raise NotFound()
    return Subject(g.community.id)


@bp.post("/wishes/<int:wish_id>")
@allow(Action.HANDLE_VISIT_REQUESTS, about=of_wish)
def finish_wish(wish_id: int) -> ResponseReturnValue:
    """Note how the wish was met."""
    form, wish = WishForm(), walks.wish(reader(), wish_id, g.community.id)
    home = wish.household_id if wish else 0
    if not form.validate_on_submit():
        flash(_("没有保存：请写一句怎样处理的。"), "error")
    else:
        actor = current_actor()
        with transaction() as tx:
            finish_request(tx.session, actor, wish_id, form.result.data or "", now=tx.now)
        flash(_("已记下这个请求的处理结果。"))
    return redirect(url_for("canvasser.door", household_id=home))
