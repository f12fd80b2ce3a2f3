"""Messages: counted until read, kept afterwards, and everybody sees only their own."""

import re

from flask import Flask

from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.queries import inbox
from deliberate.services import journal
from tests import make
from tests.app import SignIn


def test_messages_are_counted_until_read_and_stay(app: Flask, database: Database, signed_in: SignIn) -> None:
    with database.transaction() as tx:
        community = make.community(tx.session)
        told = make.staff(tx.session, community, Role.CANVASSER)
        other = make.staff(tx.session, community, Role.CANVASSER)
        said = {"number": 7, "title": "修路灯"}
        journal.tell(tx.session, told.id, community.id, "duty", now=tx.now)
        journal.tell(tx.session, told.id, community.id, "comment_replied", now=tx.now, **said)
        journal.tell(tx.session, other.id, community.id, "duty", now=tx.now)
    mine, theirs = signed_in(told), signed_in(other)
    page = mine.get("/account/messages").text
    assert '<bdi dir="ltr">2</bdi>' in page
    assert "有人回复了您在7号议题“修路灯”里的发言" in page
    assert page.index("修路灯") < page.index("您被安排为")
    assert mine.post("/account/messages", data={"since": 1, "up_to": 10**6}).status_code == 302
    after = mine.get("/account/messages").text
    assert "条没有看过" not in after
    assert "修路灯" in after
    assert "都看过了" not in after
    assert "条没有看过" in theirs.get("/account/messages").text, "another's are untouched"


def test_messages_that_were_not_shown_stay_new(app: Flask, database: Database, signed_in: SignIn) -> None:
    with database.transaction() as tx:
        community = make.community(tx.session)
        home = make.households(tx.session, community, 1)[0]
        person = make.resident(tx.session, home)
        for number in range(60):
            journal.tell(
                tx.session, person.id, community.id, "comment_replied", now=tx.now, number=number, title="灯"
            )
    mine = signed_in(person)

    def shown_and_put_away(page: str, path: str) -> int:
        since, up_to = (
            re.search(rf'name="{name}" value="(\d+)"', mine.get(page).text) for name in ("since", "up_to")
        )
        assert since
        assert up_to
        mine.post(path, data={"since": since[1], "up_to": up_to[1]})
        with database.reading() as session:
            return inbox.unread(session, person.id)

    home_page = f"/c/{community.slug}/home/"
    assert shown_and_put_away(home_page, f"{home_page}messages") == 30
    assert shown_and_put_away("/account/messages", "/account/messages") == 10
    older = "/account/messages?older=11"
    assert shown_and_put_away(older, "/account/messages") == 0
