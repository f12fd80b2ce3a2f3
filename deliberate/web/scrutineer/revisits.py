"""Households that a scrutineer asks again."""

from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action

from .. import revisiting
from ..access import allow
from .blueprint import bp


@bp.get("/revisits")
@allow(Action.SCRUTINISE)
def revisits() -> ResponseReturnValue:
    """The list."""
    return revisiting.list_page()


@bp.get("/revisits/<int:sample_id>")
@allow(Action.REVISIT, about=revisiting.about_home)
def revisit(sample_id: int) -> ResponseReturnValue:
    """One home."""
    return revisiting.page(sample_id)


@bp.post("/revisits/<int:sample_id>")
@allow(Action.REVISIT, about=revisiting.about_home)
def keep_revisit(sample_id: int) -> ResponseReturnValue:
    """Keep what it said."""
    return revisiting.keep(sample_id)
