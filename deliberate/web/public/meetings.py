"""Meetings of the council, as anyone may read them: numbers, never names."""

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import council

from ..access import allow
from ..printing import sheet
from ..store import now, reader
from .blueprint import bp


@bp.get("/c/<slug>/meetings")
@allow(Action.READ_PUBLIC)
def meetings() -> ResponseReturnValue:
    """All meetings, the latest first."""
    return render_template("public/meetings.html", meetings=council.meetings(reader(), g.community.id))


def _meeting(meeting_id: int) -> council.MeetingView:
    found = council.meeting(reader(), g.community.id, meeting_id)
    if found is None:
        raise NotFound()
    return found


@bp.get("/c/<slug>/meetings/<int:meeting_id>")
@allow(Action.READ_PUBLIC)
def meeting(meeting_id: int) -> ResponseReturnValue:
    """One meeting: notice, agenda, how many came, minutes, resolution."""
    return render_template("public/meeting.html", view_of=_meeting(meeting_id))


@bp.get("/c/<slug>/meetings/<int:meeting_id>/print")
@allow(Action.READ_PUBLIC)
def meeting_print(meeting_id: int) -> ResponseReturnValue:
    """The same on a sheet of paper."""
    return sheet(
        "print/minutes.html",
        f"minutes-{meeting_id}",
        view_of=_meeting(meeting_id),
        named=False,
        printed_at=now(),
        back_url=url_for(".meeting", meeting_id=meeting_id),
    )
