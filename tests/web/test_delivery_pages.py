"""Records of tablets that wait for a person: who sees them, who decides, and only once."""

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.permissions import Role
from deliberate.domain.sync import Verdict
from deliberate.models import (
    TabletDecision,
    TabletRecord,
)
from tests import make
from tests.make import Clock
from tests.make_letter import browser
from tests.make_tablet import Json, Tablet, evening
from tests.web.rounds_office import follow, words
from tests.web.tablet_desk import count, quarantined, record, state


@pytest.fixture
def tablet(app: Flask, database: Database, clock: Clock) -> Tablet:
    return evening(app, database, clock)


@pytest.fixture
def moderator(app: Flask, tablet: Tablet) -> FlaskClient:
    """The browser of a moderator who did not give out the tablet's code."""
    return browser(app, tablet.at.staff.other_moderator)


def test_a_case_is_seen_only_by_who_took_it(
    app: Flask, tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    kept = quarantined(tablet, database)
    address = f"{desk}/deliveries/{kept}"
    queue = words(moderator.get(f"{desk}/deliveries").text)
    assert "平板已经停用" in queue
    assert "1-1-104" in queue
    assert "不同意" not in queue
    assert "测试签字人" not in queue
    assert moderator.get(address).status_code == 403
    assert moderator.post(address, data={"decision": "leave", "reason": "没打开"}).status_code == 403
    page = follow(moderator, f"{address}/take")
    assert all(word in words(page) for word in ("不同意", "测试签字人", "户主本人", "平板已经停用"))
    picture = re.search(r'src="([^"]*/evidence/\d+)"', page)
    assert picture
    with moderator.get(picture[1]) as answer:
        assert answer.status_code == 200
        assert answer.data[:2] == b"\xff\xd8"
        assert answer.headers["Cache-Control"] == "no-store"
    with database.transaction() as tx:
        third = make.staff(tx.session, tablet.at.community, Role.MODERATOR, name="测试第三位")
    other = browser(app, third)
    assert f"{tablet.at.staff.other_moderator.display_name} 正在处理" in words(
        other.get(f"{desk}/deliveries").text
    )
    assert [other.get(one).status_code for one in (address, picture[1])] == [403, 403]


def test_who_made_it_or_gave_out_the_code_or_lives_there_does_not_decide(
    app: Flask, tablet: Tablet, desk: str, database: Database
) -> None:
    kept = quarantined(tablet, database)
    with database.transaction() as tx:
        at = tablet.at
        neighbour = make.staff(tx.session, at.community, Role.MODERATOR, name="测试同住")
        tx.session.add(
            make.Membership(
                community_id=at.community.id,
                household_id=at.homes[3].id,
                account_id=neighbour.id,
                joined_at=tx.now,
            )
        )
        tx.session.add(
            make.RoleGrant(
                community_id=at.community.id,
                account_id=at.staff.canvasser.id,
                role=Role.MODERATOR,
                granted_at=tx.now,
            )
        )
    for person in (neighbour, tablet.at.staff.canvasser, tablet.at.staff.moderator):
        client = browser(app, person)
        assert "请由别的主持人处理" in client.get(f"{desk}/deliveries").text
        assert client.post(f"{desk}/deliveries/{kept}/take").status_code == 403


def test_taken_into_force_once(tablet: Tablet, desk: str, moderator: FlaskClient, database: Database) -> None:
    address = f"{desk}/deliveries/{quarantined(tablet, database)}"
    follow(moderator, f"{address}/take")
    assert moderator.post(address, data={"decision": "accept"}).status_code == 422
    assert moderator.post(address, data={"reason": "问过本人"}).status_code == 422
    page = follow(moderator, address, decision="accept", reason="打电话问过本人")
    assert "没有等人处理的记录" in page
    with database.reading() as session:
        assert session.scalars(select(TabletRecord.verdict)).one() is Verdict.ACCEPTED
    again = moderator.post(address, data={"decision": "leave", "reason": "又按了一次"})
    assert again.status_code == 409
    assert count(database, TabletDecision) == 1


def test_what_still_breaks_a_rule_is_said_at_the_form(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    stranger = tablet.door(
        tablet.at.homes[1].id, tablet.visit(), [tablet.form({tablet.at.entries[1]: Answer.AGREE}, 5000)]
    )
    tablet.deliver(stranger)
    kept = record(database)
    address = f"{desk}/deliveries/{kept}"
    page = follow(moderator, f"{address}/take")
    assert "表号没有发给这个小组" in page
    answer = moderator.post(address, data={"decision": "accept", "reason": "表是我发的"})
    assert answer.status_code == 409
    assert "表是我发的" in answer.text
    assert 'id="error-summary"' in answer.text
    assert state(database, kept) is Verdict.QUARANTINED
    follow(moderator, address, decision="leave", reason="问不清楚")
    assert state(database, kept) is Verdict.QUARANTINED
    assert "没有等人处理的记录" in moderator.get(f"{desk}/deliveries").text


def test_a_used_serial_names_the_other_home(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    one, other = tablet.at.entries[0], tablet.at.entries[1]
    assert tablet.deliver(tablet.answered(one, Answer.AGREE, 1)) == ["accepted"]
    assert tablet.deliver(tablet.answered(other, Answer.AGREE, 1)) == ["quarantined"]
    page = words(follow(moderator, f"{desk}/deliveries/{record(database)}/take"))
    assert "表号 0000-001-" in page
    assert "已经登记在 1-1-101" in page


def test_a_void_is_done_by_the_person_who_took_it(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    door = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    assert tablet.deliver(door) == ["accepted"]
    void = tablet.seal("void", supersedes=door["record_id"], reason="认错了门")
    tablet.sync(void)
    kept = record(database)
    page = words(follow(moderator, f"{desk}/deliveries/{kept}/take"))
    assert "作废那一条" in page
    assert "认错了门" in page
    assert "它要改的那一条" in page
    assert 'value="forged"' not in moderator.get(f"{desk}/deliveries/{kept}").text
    done = words(follow(moderator, f"{desk}/deliveries/{kept}", decision="accept", reason="问过签字人"))
    assert "已经照办" in done
    assert state(database, kept) is Verdict.ACCEPTED


def test_two_contents_under_one_number_lie_side_by_side(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    home = tablet.at.homes[2].id
    first = tablet.door(home, tablet.visit("not_home"))
    assert tablet.states(first) == ["accepted"]
    payload: Json = json.loads(first["payload"]) | {"visit": tablet.visit("refused")}
    other = tablet.envelope(payload)
    assert tablet.states(other) == ["mismatch"]
    kept = record(database, Verdict.MISMATCH)
    assert "同一编号，内容不同" in moderator.get(f"{desk}/deliveries").text
    page = words(follow(moderator, f"{desk}/deliveries/{kept}/take"))
    assert "先到的一份" in page
    assert "后到的一份" in page
    follow(moderator, f"{desk}/deliveries/{kept}", decision="leave", reason="问过，先到的对")
    assert "没有等人处理的记录" in moderator.get(f"{desk}/deliveries").text
    assert state(database, kept) is Verdict.MISMATCH


def test_what_cannot_be_read_is_kept_and_shown(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    door = tablet.door(tablet.at.homes[0].id, tablet.visit("a new word"))
    assert tablet.states(door) == ["quarantined"]
    page = words(follow(moderator, f"{desk}/deliveries/{record(database)}/take"))
    assert "有一项读不出来" in page


def test_pictures_of_other_records_stay_closed(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    door = tablet.answered(tablet.at.entries[0], Answer.AGREE, 2)
    assert tablet.deliver(door) == ["accepted"]
    kept = quarantined(tablet, database)
    page = follow(moderator, f"{desk}/deliveries/{kept}/take")
    mine = {int(one) for one in re.findall(r"/evidence/(\d+)", page)}
    assert mine
    assert moderator.get(f"{desk}/deliveries/{kept}/evidence/{min(mine) - 1}").status_code == 404


def test_what_waits_for_hours_is_shown_and_can_only_be_left_out(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database, clock: Clock
) -> None:
    door = tablet.answered(tablet.at.entries[3], Answer.DISAGREE, 4)
    tablet.sync(door)
    kept = record(database, Verdict.PENDING_EVIDENCE)
    assert "没有等人处理的记录" in moderator.get(f"{desk}/deliveries").text
    assert moderator.post(f"{desk}/deliveries/{kept}/take").status_code == 409
    clock.forward(hours=13)
    assert "等了很久还没有送齐" in moderator.get(f"{desk}/deliveries").text
    address = f"{desk}/deliveries/{kept}"
    page = follow(moderator, f"{address}/take")
    assert "等照片或签名送到" in page
    assert 'value="accept"' not in page
    follow(moderator, address, decision="leave", reason="照片丢了")
    assert state(database, kept) is Verdict.QUARANTINED
    assert "没有等人处理的记录" in moderator.get(f"{desk}/deliveries").text
