"""Count sheets on paper and the bulletin as files, for everybody, once the result is shown."""

from flask import url_for
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import counts
from deliberate.services import bulletin

from ..access import allow
from ..results import about_round, sheet_on_paper, the_counting
from ..sending import sent
from ..store import files, now, reader
from .blueprint import bp


@bp.get("/c/<slug>/rounds/<int:round_id>/sheet/<int:n>")
@allow(Action.READ_PUBLIC, about=about_round)
def count_sheet(round_id: int, n: int) -> ResponseReturnValue:
    """A signed sheet of a result that is shown; before that there is nothing to see."""
    one = the_counting(round_id)
    sheet = counts.one_of(one, n)
    if one.objection_until is None or not sheet.signed:
        raise NotFound()
    return sheet_on_paper(one, sheet, url_for(".matter", number=one.proposal.number))


@bp.get("/c/<slug>/rounds/<int:round_id>/bulletin.zip", endpoint="bulletin")
@allow(Action.READ_PUBLIC, about=about_round)
def bulletin_file(round_id: int) -> ResponseReturnValue:
    """The folder from which anybody recounts, as one file; before the result is shown there is none."""
    one = the_counting(round_id)
    if one.objection_until is None:
        raise NotFound()
    name = bulletin.published(reader(), round_id, files(), now=now())
    return sent(name, "application/zip", called=f"bulletin-{one.proposal.number}.{one.round.n}.zip")
