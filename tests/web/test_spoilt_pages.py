"""A form declared spoilt on the desk's pages, without JavaScript: whose it is to say so, and the way back."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind, EvidenceRole
from deliberate.domain.serial import printed
from deliberate.domain.stack import PictureState
from deliberate.domain.sync import Verdict
from deliberate.models import Account, StackPicture
from deliberate.services import duties, stacks
from deliberate.services.exhibits import Exhibit
from tests import make
from tests.make import Clock
from tests.make_letter import browser
from tests.make_tablet import Tablet, evening
from tests.pages import faults
from tests.web.rounds_office import follow, words
from tests.web.tablet_desk import record, state


@pytest.fixture
def moderator(app: Flask, tablet: Tablet) -> FlaskClient:
    """The browser of a moderator who did not give out the tablet's code."""
    return browser(app, tablet.at.staff.other_moderator)


@pytest.fixture
def tablet(app: Flask, database: Database, clock: Clock) -> Tablet:
    return evening(app, database, clock)


@pytest.fixture
def stack(tablet: Tablet) -> str:
    return f"/c/{tablet.at.community.slug}/doors/stack"


@pytest.fixture
def canvasser(app: Flask, tablet: Tablet) -> FlaskClient:
    return browser(app, tablet.at.staff.canvasser)


def pictured(database: Database, tablet: Tablet, number: int, who: Account) -> int:
    with database.transaction() as tx:
        scan, actor = Exhibit(EvidenceRole.PHOTO, "5" * 64, "image/jpeg", 1), make.actor(tx.session, who)
        one = stacks.bring(
            tx.session, actor, tablet.at.community.id, scan, printed(number), now=tx.now
        ).picture
        assert one is not None
        return one.id


def declare(client: FlaskClient, stack: str, picture: int) -> str:
    return follow(client, f"{stack}/{picture}/aside", state="spoilt", reason="撕坏了")


def put_aside(database: Database, picture: int) -> tuple[PictureState, str | None]:
    with database.reading() as session:
        one = session.scalars(select(StackPicture).where(StackPicture.id == picture)).one()
        return one.state, one.restored_why


def test_a_delivery_refused_for_a_spoilt_form_leads_to_where_it_is_restored_and_is_then_counted(
    tablet: Tablet,
    database: Database,
    canvasser: FlaskClient,
    moderator: FlaskClient,
    stack: str,
    desk: str,
) -> None:
    picture = pictured(database, tablet, 7, tablet.at.staff.canvasser)
    declare(canvasser, stack, picture)
    assert tablet.deliver(tablet.answered(tablet.at.entries[3], Answer.DISAGREE, 7)) == ["quarantined"]
    kept = record(database)
    case = f"{desk}/deliveries/{kept}"
    page = follow(moderator, f"{case}/take")
    assert faults(page) == []
    assert "撕坏了" in words(page)
    refused = moderator.post(case, data={"decision": "accept", "reason": "看过纸表了"})
    assert refused.status_code == 409
    assert "“作废的表”里恢复它" in words(refused.text)
    assert "看过纸表了" in refused.text
    way = re.search(rf'href="({stack}/{picture}/spoilt)"', refused.text)
    assert way is not None
    page = moderator.get(way[1]).text
    assert faults(page) == []
    assert all(said in words(page) for said in ("撕坏了", "平板送来过，等人决定"))
    assert moderator.post(way[1], data={"reason": " "}).status_code == 422
    page = words(follow(moderator, way[1], reason="看过纸表，签了字"))
    assert f"表号{printed(7)}已经恢复" in page
    assert "现在可以计入了" in page
    assert "更正交回" in page
    assert put_aside(database, picture) == (PictureState.LEFT_OUT, "看过纸表，签了字")
    follow(moderator, case, decision="accept", reason="看过纸表了")
    assert state(database, kept) is Verdict.ACCEPTED
    assert moderator.post(way[1], data={"reason": "又点了一次"}).status_code == 409


def test_spoilt_forms_are_listed_and_who_declared_one_has_no_button_for_it(
    tablet: Tablet, database: Database, canvasser: FlaskClient, moderator: FlaskClient, stack: str
) -> None:
    picture = pictured(database, tablet, 7, tablet.at.staff.canvasser)
    assert "作废的表" not in words(canvasser.get(stack).text)
    declare(canvasser, stack, picture)
    mine, theirs = canvasser.get(stack).text, moderator.get(stack).text
    assert faults(theirs) == []
    for page in (mine, theirs):
        assert printed(7) in page
        assert "撕坏了" in words(page)
    assert "恢复这张表" not in words(mine)
    assert "恢复这张表" in words(theirs)
    for method in (canvasser.get, canvasser.post):
        assert method(f"{stack}/{picture}/spoilt").status_code == 403
    page = words(follow(moderator, f"{stack}/{picture}/spoilt", reason="签了字"))
    assert "可以登记了" in page
    assert "现在可以计入了" not in page
    assert put_aside(database, picture) == (PictureState.WAITING, "签了字")


def test_a_form_of_another_crew_is_not_declared_spoilt_and_what_was_typed_stays(
    app: Flask, tablet: Tablet, database: Database, stack: str
) -> None:
    at = tablet.at
    with database.transaction() as tx:
        chief = make.actor(tx.session, at.staff.moderator)
        crew = duties.make_crew(tx.session, chief, at.round.id, "第二组", {}, "测试志愿者", now=tx.now)
        person = make.staff(tx.session, at.community, Role.CANVASSER)
        duties.assign(tx.session, chief, at.round.id, person.id, DutyKind.CANVASSER, crew.id, now=tx.now)
    picture = pictured(database, tablet, 7, person)
    sent = {"state": "spoilt", "reason": "撕得看不清"}
    answer = browser(app, person).post(f"{stack}/{picture}/aside", data=sent)
    assert answer.status_code == 403
    assert "这个表号不是发给您的小组的" in words(answer.text)
    assert "撕得看不清" in answer.text
    assert put_aside(database, picture) == (PictureState.WAITING, None)
