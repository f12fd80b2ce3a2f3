"""All matters of the community on one table, for those who run the council."""

from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action

from .. import tables
from ..access import allow
from .blueprint import bp
from .tables import matter_table


@bp.get("/matters", endpoint="matters")
@allow(Action.SEE_DESK)
def every_matter() -> ResponseReturnValue:
    """Every stage, those that wait for screening too."""
    return tables.page("moderator/matters.html", register=matter_table())
