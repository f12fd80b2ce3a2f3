"""A form that was declared spoilt and is not: restored by somebody else, with the reason."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.stack import PictureState
from deliberate.queries import spoilt as queries
from deliberate.services import spoilt as deeds

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.stack import RestoreForm
from ..store import reader, transaction
from .blueprint import bp


def about_form(picture_id: int, **_rest: Any) -> Subject:
    """A form of this community's stack, with its crew and who declared it spoilt."""
    return deeds.subject_of(reader(), picture_id, g.community.id)


@bp.get("/stack/<int:picture_id>/spoilt")
@allow(Action.RESTORE_FORM, about=about_form)
def spoilt_form(picture_id: int) -> ResponseReturnValue:
    """Who said so, when and why; never the picture, which its holder alone sees."""
    return _page(picture_id, RestoreForm(formdata=None))


@bp.post("/stack/<int:picture_id>/spoilt")
@allow(Action.RESTORE_FORM, about=about_form)
def restore_form(picture_id: int) -> ResponseReturnValue:
    """The form may be registered again."""
    deeds.require_spoilt(reader(), current_actor(), picture_id)
    form = RestoreForm()
    if not form.validate():
        return _page(picture_id, form), 422
    try:
        with transaction() as tx:
            one = deeds.restore(tx.session, current_actor(), picture_id, text(form.reason), now=tx.now)
            state, serial = one.state, one.serial
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(picture_id, form), status
    flash(_("表号%(serial)s已经恢复，可以登记了。", serial=serial))
    if state is PictureState.LEFT_OUT:
        flash(_("平板送来的那一份还在等人决定，现在可以计入了。"))
    flash(_("交回的作废里数过这一张的，请主持人更正交回，否则意见表对不上数。"), "warning")
    return redirect(url_for(".stack"))


def _page(picture_id: int, form: RestoreForm) -> str:
    picture = deeds.require_spoilt(reader(), current_actor(), picture_id)
    return render_template(
        "canvasser/spoilt_form.html", one=queries.one(reader(), current_actor(), picture), form=form
    )
