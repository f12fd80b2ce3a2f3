"""A household asks for a call or a visit, and sees what became of it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.domain.round import VisitWish
from deliberate.queries import round_desk
from deliberate.services import visits

from ..access import allow, current_actor
from ..forms.answering import VisitWishForm
from ..forms.fields import text
from ..store import reader, transaction
from .blueprint import bp
from .household import my_household, my_household_id


@bp.get("/visit")
@allow(Action.ASK_VISIT, about=my_household)
def ask_visit() -> ResponseReturnValue:
    """The form, and earlier wishes with their state."""
    return _page(VisitWishForm(formdata=None))


@bp.post("/visit")
@allow(Action.ASK_VISIT, about=my_household)
def ask_visit_now() -> ResponseReturnValue:
    """Ask."""
    form = VisitWishForm()
    if not form.validate():
        return _page(form), 422
    wish = visits.Wish(
        VisitWish(form.wish.data),
        text(form.language),
        bool(form.by_woman.data),
        bool(form.evening.data),
        text(form.question),
    )
    with transaction() as tx:
        visits.ask_visit(tx.session, current_actor(), _home(), wish, now=tx.now)
    flash(_("已经转给社区工作人员，会和您约时间。"))
    return redirect(url_for(".ask_visit"))


def _home() -> int:
    home = my_household_id()
    if home is None:
        raise NotFound()
    return home


def _page(form: VisitWishForm) -> str:
    wishes = round_desk.wishes_of_home(reader(), _home())
    return render_template("resident/ask_visit.html", form=form, wishes=wishes)
