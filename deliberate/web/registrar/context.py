"""What every page of this job may use: whether the reader may change things, and the words of changes."""

from typing import Any

from flask import g
from flask_babel import gettext as _

from deliberate.domain import words
from deliberate.domain.errors import N_
from deliberate.domain.permissions import Action, Subject, may
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.roll_columns import TITLES

from ..access import current_actor
from .blueprint import bp

FIELD_NAMES = {field.value: title for field, title in TITLES.items()} | {
    "gone": N_("移出户册"),
    "owner": N_("业主编号"),
}


def shown(name: str, value: object) -> str:
    """A value of a change as people read it."""
    if value is None or value == "":
        return "—"
    if name == "occupancy":
        return str(_(words.word(Occupancy(str(value)))))
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return str(value)


@bp.context_processor
def page_context() -> dict[str, Any]:
    """`mine`: a registrar; `helping`: may join people at the desk."""
    subject = Subject(g.community.id) if "community" in g else Subject()
    return {
        "mine": may(current_actor(), Action.CHANGE_ROLL, subject),
        "helping": may(current_actor(), Action.HELP_AT_DESK, subject),
        "field_names": FIELD_NAMES,
        "shown": shown,
    }
