"""A consent round as anyone may read it, and the list of rooms that have answered."""

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from deliberate.domain.permissions import Action
from deliberate.queries import figures, posted, progress, rounds
from deliberate.queries.rounds import RoundView

from ..access import allow
from ..freshness import unless_known
from ..store import now, reader
from .blueprint import bp


def round_of_matter(proposal_id: int) -> RoundView | None:
    """What `public/matter_round.html` shows as `matter_round`: the matter's newest round, if it has one."""
    return rounds.of_matter(reader(), g.community.id, proposal_id, now=now())


@bp.get("/c/<slug>/rounds/<int:round_id>", endpoint="round")
@allow(Action.READ_PUBLIC)
def consent_round(round_id: int) -> ResponseReturnValue:
    """Tally, buildings, rules, times, notices; and the vacant homes that are left out."""
    version = rounds.version(reader(), g.community.id, round_id, now=now())
    return unless_known(version, lambda: _round_page(round_id))


def _round_page(round_id: int) -> str:
    after = request.args.get("after", 0, type=int)
    shown = rounds.view(reader(), g.community.id, round_id, now=now(), after=after)
    return render_template(
        "public/round.html",
        shown=shown,
        days=figures.days_of(reader(), shown.round, now=now()),
        left_out=posted.left_out_rooms(reader(), round_id),
    )


@bp.get("/c/<slug>/rounds/<int:round_id>/rooms")
@allow(Action.READ_PUBLIC)
def round_rooms(round_id: int) -> ResponseReturnValue:
    """The list that is posted every Monday: rooms and dates, never how."""
    chosen = request.args.get("building", type=int)
    after = request.args.get("after", type=int)
    if after is None:
        after = progress.page_of(reader(), round_id, chosen)
    shown = rounds.view(reader(), g.community.id, round_id, now=now(), after=after)
    known = [building.building_id for building in shown.buildings]
    return render_template(
        "public/round_rooms.html",
        shown=shown,
        posted=posted.posted(reader(), shown.round, now=now()),
        chosen=chosen if chosen in known else next(iter(known), None),
    )
