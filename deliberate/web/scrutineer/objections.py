"""Objections that a scrutineer rechecks."""

from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action

from .. import rechecking
from ..access import allow
from .blueprint import bp


@bp.get("/objections/<int:objection_id>")
@allow(Action.HANDLE_OBJECTION, about=rechecking.about_objection)
def objection(objection_id: int) -> ResponseReturnValue:
    """One case."""
    return rechecking.page(objection_id)


@bp.post("/objections/<int:objection_id>/take")
@allow(Action.HANDLE_OBJECTION, about=rechecking.about_objection)
def take_recheck(objection_id: int) -> ResponseReturnValue:
    """Take the recheck."""
    return rechecking.take(objection_id, ".objection")


@bp.post("/objections/<int:objection_id>")
@allow(Action.HANDLE_OBJECTION, about=rechecking.about_objection)
def answer_objection(objection_id: int) -> ResponseReturnValue:
    """Answer it in writing."""
    return rechecking.answer(objection_id, ".home")
