"""A canvasser learns of every tablet that speaks in their name, and stops one that is not theirs."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from deliberate.db import Database
from deliberate.models import Device, InboxMessage, JournalEntry
from tests import make
from tests.make import Clock
from tests.make_letter import browser
from tests.make_tablet import API, Tablet, code, evening, uuid_of
from tests.web.rounds_office import words


@pytest.fixture
def tablet(app: Flask, database: Database, clock: Clock) -> Tablet:
    return evening(app, database, clock)


@pytest.fixture
def canvasser(app: Flask, tablet: Tablet) -> FlaskClient:
    return browser(app, tablet.at.staff.canvasser)


def told(database: Database, account_id: int) -> list[str]:
    with database.reading() as session:
        kinds = select(InboxMessage.kind).where(InboxMessage.account_id == account_id)
        return [kind for kind in session.scalars(kinds.order_by(InboxMessage.id)) if "tablet" in kind]


def test_a_code_and_the_tablet_it_makes_are_told_to_its_person_with_who_gave_it(
    app: Flask, tablet: Tablet, database: Database, clock: Clock, canvasser: FlaskClient
) -> None:
    staff = tablet.at.staff
    assert told(database, staff.canvasser.id) == ["tablet_code_given", "tablet_enrolled"]
    given = code(database, tablet.at)
    other = Tablet(app.test_client(), tablet.at, clock, uuid=uuid_of(2, 1))
    for _ in range(2):
        other.enrol(given)
    assert told(database, staff.canvasser.id) == ["tablet_code_given", "tablet_enrolled"] * 2
    page = words(canvasser.get("/account/messages").text)
    assert f"一台平板用 {staff.moderator.display_name} 给的登记码登记到了您的名下" in page
    assert "看我的平板" in page
    with database.reading() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.what == "device_enrolled")).first()
        assert entry is not None
        assert entry.account_id == staff.canvasser.id
        assert entry.data["code_by"] == staff.moderator.id


def test_a_canvasser_stops_a_tablet_under_their_own_name_and_no_other(
    app: Flask, tablet: Tablet, database: Database, canvasser: FlaskClient
) -> None:
    at = tablet.at
    page, stop = f"/c/{at.community.slug}/doors/tablets", f"/c/{at.community.slug}/doors/tablets/stop"
    said = words(canvasser.get(page).text)
    assert "一号平板" in said
    assert f"登记码是 {at.staff.moderator.display_name} 给的" in said
    assert "doors/tablets" in canvasser.get(f"/c/{at.community.slug}/doors/").text
    with database.transaction() as tx:
        stranger = make.staff(tx.session, at.community, "canvasser")  # type: ignore[arg-type]
        mine = tx.session.scalars(select(Device.id)).one()
    assert browser(app, stranger).post(stop, data={"device": mine}).status_code == 422
    assert "一号平板" not in browser(app, stranger).get(page).text
    assert tablet.http.get(f"{API}/roll", headers=tablet.headers).status_code == 200
    assert canvasser.post(stop, data={"device": mine}).status_code == 302
    assert tablet.http.get(f"{API}/roll", headers=tablet.headers).status_code == 403
    assert "已停用" in words(canvasser.get(page).text)
    desk = browser(app, at.staff.moderator).get(f"/c/{at.community.slug}/desk/tablets").text
    assert "本人停用" in desk
