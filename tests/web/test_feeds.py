"""What leaves the site for readers, calendars and chats: well formed, public, and stable when asked for again."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from flask import Flask

from deliberate.db import Database
from deliberate.domain.discussion import MeetingKind
from deliberate.domain.permissions import Role
from deliberate.services import council
from deliberate.services.council import Call
from deliberate.web.calendar_file import Event, calendar_file
from tests import make

ATOM = "{http://www.w3.org/2005/Atom}"
AT = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


def test_a_calendar_is_escaped_and_folded_by_bytes() -> None:
    title = "议" * 40 + "; a, b\\c\nBEGIN:VEVENT"
    event = Event("meeting-1@x", AT, timedelta(hours=2), title, "二楼", "", "http://x/1", AT)
    lines = calendar_file("中华巷", [event], AT).split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    whole = "\r\n".join(lines).replace("\r\n ", "")
    assert "SUMMARY:" + "议" * 40 + "\\; a\\, b\\\\c\\nBEGIN:VEVENT" in whole
    assert whole.count("\r\nBEGIN:VEVENT") == 1
    assert "DTSTART:20261102T020000Z\r\nDTEND:20261102T040000Z" in whole


def test_notices_meetings_and_previews_leave_the_site(app: Flask, database: Database) -> None:
    with database.transaction() as tx:
        community = make.community(tx.session)
        moderator = make.actor(tx.session, make.staff(tx.session, community, Role.MODERATOR))
        title = '停车位 <画线> & "编号"'
        call = Call(MeetingKind.HALL, title, "社区二楼", tx.now + timedelta(days=9), "一、情况;二、商量")
        meeting = council.call_meeting(tx.session, moderator, community.id, call, now=tx.now)
        number, base = meeting.id, f"/c/{community.slug}"
    client = app.test_client()
    feed = client.get(f"{base}/notices.atom")
    assert feed.mimetype == "application/atom+xml"
    entry = ElementTree.fromstring(feed.data).find(f"{ATOM}entry")
    assert entry is not None
    assert title in entry.findtext(f"{ATOM}title", "")
    assert client.get(entry.findtext(f"{ATOM}id", "")).status_code == 200
    every, one = client.get(f"{base}/calendar.ics"), client.get(f"{base}/meetings/{number}.ics")
    assert one.content_type == "text/calendar; charset=utf-8"
    uid = f"UID:meeting-{number}@localhost"
    assert uid in every.text
    assert uid in one.text
    page = client.get(f"{base}/meetings/{number}").text
    assert re.search(r'<meta property="og:title" content="停车位 &lt;画线&gt; &amp; &#34;编号&#34;', page)
    assert f'href="{base}/meetings/{number}.ics"' in page
    assert client.get(f"{base}/rounds/999.ics").status_code == 404
