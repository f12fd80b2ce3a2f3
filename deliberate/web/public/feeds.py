"""Public notices as an Atom feed, meetings and deadlines as calendar files: for readers and phones that subscribe."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.later import later
from deliberate.queries import council, front, places, rounds
from deliberate.queries import notices as posted

from ..access import allow
from ..calendar_file import Event, calendar_file
from ..languages import language
from ..notice_words import text_of
from ..store import now, reader
from .blueprint import bp

if TYPE_CHECKING:
    from xml.etree import ElementTree
else:
    ElementTree = later("xml.etree.ElementTree")

ATOM = "http://www.w3.org/2005/Atom"
NEWEST, MOST_EVENTS = 50, 200
SHOWN_AFTER = timedelta(days=31)
"""A meeting stays in the calendar for a month."""


@bp.get("/c/<slug>/notices.atom")
@allow(Action.READ_PUBLIC)
def notices_feed() -> ResponseReturnValue:
    """The newest notices in the words of the board; figures only, as everywhere."""
    found, _older = posted.listing(reader(), g.community.id, size=NEWEST)
    known = places.of(reader(), g.community.id)
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {"xml:lang": language()})
    _add(feed, "id", request.base_url)
    _add(feed, "title", _("%(place)s · 公示", place=g.community.name))
    _add(feed, "updated", _moment(found[0].notice.published_at if found else g.community.created_at))
    _add(_add(feed, "author"), "name", g.community.name)
    _add(feed, "link", rel="self", href=request.url)
    _add(feed, "link", rel="alternate", href=url_for(".notices", _external=True))
    for one in found:
        words = text_of(one.notice.kind, one.notice.data, one.notice.until, known, g.community.telephone)
        address = url_for(".notice", notice_id=one.notice.id, _external=True)
        subject = one.notice.data.get("title") or one.title
        entry = _add(feed, "entry")
        _add(entry, "id", address)
        _add(entry, "title", f"{words.title} · {subject}" if subject else words.title)
        _add(entry, "updated", _moment(one.notice.published_at))
        _add(entry, "link", rel="alternate", href=address)
        lines = (f"{name}: {value}" for name, value in words.lines)
        _add(entry, "summary", "\n".join(line for line in (words.opening, *lines, words.closing) if line))
    body = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return Response(body, mimetype="application/atom+xml")


def _add(
    parent: "ElementTree.Element", name: str, text: str | None = None, **said: str
) -> "ElementTree.Element":
    made = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", said)
    made.text = None if text is None else "".join(sign for sign in text if sign >= " " or sign == "\n")
    return made


def _moment(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@bp.get("/c/<slug>/calendar.ics")
@allow(Action.READ_PUBLIC)
def calendar() -> ResponseReturnValue:
    """Meetings and the last moments to answer, to subscribe to."""
    since = now() - SHOWN_AFTER
    rows = council.meetings(reader(), g.community.id, MOST_EVENTS)
    events = [_meeting(row.meeting) for row in rows if row.meeting.starts_at >= since]
    events += [
        _deadline(one.round.id)
        for one in front.open_now(reader(), g.community.id, now=now(), most=MOST_EVENTS)
    ]
    return _calendar(events)


@bp.get("/c/<slug>/meetings/<int:meeting_id>.ics")
@allow(Action.READ_PUBLIC)
def meeting_calendar(meeting_id: int) -> ResponseReturnValue:
    """One meeting."""
    found = council.meeting(reader(), g.community.id, meeting_id)
    if found is None:
        raise NotFound()
    return _calendar([_meeting(found.meeting)])


@bp.get("/c/<slug>/rounds/<int:round_id>.ics")
@allow(Action.READ_PUBLIC)
def round_calendar(round_id: int) -> ResponseReturnValue:
    """The last moment to answer one round."""
    return _calendar([_deadline(round_id)])


def _meeting(meeting: council.Meeting) -> Event:
    return Event(
        uid=f"meeting-{meeting.id}@{request.host}",
        starts=meeting.starts_at,
        lasts=timedelta(hours=2),
        title=meeting.title,
        place=meeting.place,
        text=meeting.agenda,
        url=url_for(".meeting", meeting_id=meeting.id, _external=True),
        made=meeting.called_at,
    )


def _deadline(round_id: int) -> Event:
    shown = rounds.view(reader(), g.community.id, round_id, now=now())
    until, opened = shown.round.answer_until, shown.round.opened_at
    if until is None or opened is None:
        raise NotFound()
    return Event(
        uid=f"round-{round_id}@{request.host}",
        starts=until - timedelta(hours=1),
        lasts=timedelta(hours=1),
        title=_("征求意见截止：%(title)s", title=shown.plan.title),
        place=g.community.name,
        text="",
        url=url_for(".round", round_id=round_id, _external=True),
        made=opened,
    )


def _calendar(events: Sequence[Event]) -> Response:
    answer = Response(
        calendar_file(g.community.name, events, now()), content_type="text/calendar; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{g.community.slug}.ics"'
    return answer
