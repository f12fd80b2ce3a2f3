"""Tablets at the desk: what their page says aloud, codes, revoking, the map of doors, quiet times and files."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.models import (
    Device,
    DeviceEnrolment,
    QuietTime,
    TabletRecord,
)
from tests.make import Clock
from tests.make_letter import browser
from tests.make_tablet import Tablet, evening, given_out
from tests.pages import faults
from tests.web.rounds_office import follow, words
from tests.web.tablet_desk import count, device, quarantined


@pytest.fixture
def tablet(app: Flask, database: Database, clock: Clock) -> Tablet:
    return evening(app, database, clock)


# the page of tablets


def test_a_missing_number_is_said_aloud(tablet: Tablet, desk: str, moderator: FlaskClient) -> None:
    doors = [tablet.door(home.id, tablet.visit("not_home")) for home in tablet.at.homes[:5]]
    tablet.sync(doors[0], doors[2], report={"next_seq": 6, "waiting": 3, "persisted": False})
    page = words(moderator.get(f"{desk}/tablets").text)
    assert "一号平板 测试入户" in page
    assert "缺第2条，共5条" in page
    assert "1 台平板要看一看" in words(moderator.get(f"{desk}/").text)
    assert "1 台平板的记录可能没有送到" in page
    assert "浏览器没有答应长期保存" in page
    tablet.sync(doors[1], doors[3], doors[4], report={"next_seq": 6, "waiting": 0, "persisted": True})
    page = words(moderator.get(f"{desk}/tablets").text)
    assert "缺第" not in page
    assert "可能没有送到" not in page
    assert "这里有 5 条，平板一共做过 5 条" in page


def test_several_numbers_are_told_together(tablet: Tablet, desk: str, moderator: FlaskClient) -> None:
    doors = [tablet.door(home.id, tablet.visit("not_home")) for home in tablet.at.homes[:7]]
    tablet.sync(doors[0], doors[2], doors[6])
    assert "缺第2条、第4到6条，共7条" in words(moderator.get(f"{desk}/tablets").text)


def test_what_waits_for_more_than_a_day_is_said_aloud(
    tablet: Tablet, desk: str, moderator: FlaskClient, clock: Clock
) -> None:
    since = clock().isoformat()
    tablet.sync(report={"waiting": 2, "oldest_waiting_at": since, "evidence_waiting": 4, "delivered": 7})
    page = words(moderator.get(f"{desk}/tablets").text)
    assert "平板上没送出的记录2" in page
    assert "没送出的照片和签名4" in page
    assert "就没有送到" not in page
    clock.forward(hours=25)
    page = words(moderator.get(f"{desk}/tablets").text)
    assert "就没有送到" in page
    assert "已经一天多没有联系了" in page


def test_a_wrong_clock_is_seen(tablet: Tablet, desk: str, moderator: FlaskClient) -> None:
    tablet.ahead = timedelta(days=3)
    tablet.sync()
    assert "平板的时间差了 4,320 分钟" in words(moderator.get(f"{desk}/tablets").text)


def test_the_desk_leads_there_and_nobody_else_gets_in(
    app: Flask, tablet: Tablet, desk: str, moderator: FlaskClient
) -> None:
    assert f'href="{desk}/tablets"' in moderator.get(f"{desk}/").text
    staff = tablet.at.staff
    pages = ("tablets", "deliveries", "crews", "quiet-times", "tablets/import", "doors")
    for person in (staff.canvasser, staff.registrar, staff.scrutineer):
        client = browser(app, person)
        assert {client.get(f"{desk}/{page}").status_code for page in pages} == {403}


def test_the_pages_speak_both_languages(app: Flask, tablet: Tablet, desk: str, database: Database) -> None:
    moderator = browser(app, tablet.at.staff.other_moderator)
    doors = [tablet.door(home.id, tablet.visit("not_home")) for home in tablet.at.homes[:3]]
    tablet.sync(doors[0], doors[2], report={"persisted": False, "free_bytes": 10**6, "waiting": 1})
    moderator.set_cookie("language", "en")
    page = unescape(words(moderator.get(f"{desk}/tablets").text))
    assert "Missing: number 2, of 3." in page
    assert "Records of 1 tablet may not have arrived" in page
    kept = quarantined(tablet, database)
    other = f"{desk}/crews/{tablet.at.crew.id}"
    with database.reading() as session:
        typed = [str(value) for value in session.scalars(select(Device.name))]
    paths = [f"{desk}/{one}" for one in ("tablets", "deliveries", "crews", "quiet-times", "tablets/import")]
    paths += [other, f"{desk}/tablets/{device(database)}/revoke", f"{desk}/deliveries/{kept}"]
    follow(moderator, f"{desk}/deliveries/{kept}/take")
    for path in paths:
        for language in ("zh-Hans", "en"):
            moderator.set_cookie("language", language)
            answer = moderator.get(path)
            assert answer.status_code == 200, path
            assert faults(answer.text) == [], (path, language)
            assert not [name for name in typed if name not in answer.text and path.endswith("tablets")]


# codes


def test_a_code_enrols_one_tablet(
    app: Flask, tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    page = moderator.get(f"{desk}/tablets").text
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', page)
    assert seen
    asked = {"person": str(tablet.at.staff.canvasser.id), "seen": seen[1]}
    answer = moderator.post(f"{desk}/tablets/code", data=asked)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<svg" in answer.text
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", words(answer.text))
    assert code
    assert "http://localhost/canvass/" in answer.text
    other = Tablet(app.test_client(), tablet.at, tablet.clock, uuid=tablet.uuid[:-1] + "9")
    assert other.enrol(code[0])["person"]["name"] == "测试入户"
    assert code[0] not in moderator.get(f"{desk}/tablets").text


def test_the_same_page_sent_twice_makes_one_code(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    before = count(database, DeviceEnrolment)
    asked = {"person": str(tablet.at.staff.canvasser.id), "seen": str(before)}
    assert moderator.post(f"{desk}/tablets/code", data=asked).status_code == 200
    again = moderator.post(f"{desk}/tablets/code", data=asked)
    assert again.status_code == 409
    assert "可能是按了两次" in again.text
    assert count(database, DeviceEnrolment) == before + 1


def test_only_a_canvasser_gets_a_code(tablet: Tablet, desk: str, moderator: FlaskClient) -> None:
    for person in ("", "0", str(tablet.at.staff.registrar.id)):
        answer = moderator.post(f"{desk}/tablets/code", data={"person": person})
        assert answer.status_code == 422, person


# revoking


def test_a_lost_tablet_is_revoked_with_a_reason(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    address = f"{desk}/tablets/{device(database)}/revoke"
    assert moderator.post(address, data={"reason": " "}).status_code == 422
    page = follow(moderator, address, reason="昨天丢在车上")
    assert "已停用" in words(page)
    assert "昨天丢在车上" in page
    follow(moderator, address, reason="又按了一次")
    assert "又按了一次" not in moderator.get(f"{desk}/tablets").text
    door = tablet.door(tablet.at.homes[0].id, tablet.visit("not_home"))
    assert tablet.states(door) == ["quarantined"]


# the map of doors


def test_the_map_tells_three_kinds_of_doors_and_no_answer(
    tablet: Tablet, desk: str, moderator: FlaskClient
) -> None:
    homes = tablet.at.homes
    said = [tablet.answered(tablet.at.entries[n], Answer.DISAGREE, n + 1) for n in range(2)]
    tablet.deliver(*said, tablet.door(homes[2].id, tablet.visit("not_home")))
    page = words(moderator.get(f"{desk}/doors").text)
    assert f"1号楼 2 1 {len(homes) - 3}" in page
    building = moderator.get(f"{desk}/doors/{homes[0].building_id}").text
    assert f"2 户已反馈，1 户去过还没有反馈，{len(homes) - 3} 户还没有去过" in words(building)
    drawn = building.partition('class="building-key"')[0]
    assert [drawn.count(f"door-{one}") for one in ("answered", "not_home")] == [2, 1]
    assert "不同意" not in building
    assert faults(building) == []


# quiet times and files


def test_a_quiet_time_reaches_the_tablets(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    span = {"starts_at": "2026-06-20T08:00", "ends_at": "2026-06-20T18:00", "why": "中考"}
    for _ in range(2):
        assert "中考" in follow(moderator, f"{desk}/quiet-times", **span)
    assert count(database, QuietTime) == 1
    assert [one["reason"] for one in tablet.get("hello")["quiet"]["spans"]] == ["中考"]
    backwards = {**span, "ends_at": "2026-06-20T07:00"}
    answer = moderator.post(f"{desk}/quiet-times", data=backwards)
    assert answer.status_code in (409, 422)
    assert "时段要有开始和以后的结束" in answer.text
    with database.reading() as session:
        kept = session.scalars(select(QuietTime.id)).one()
    for _ in range(2):
        assert "没有登记过时段" in follow(moderator, f"{desk}/quiet-times/{kept}/drop")
    assert tablet.get("hello")["quiet"]["spans"] == []


def test_a_file_is_taken_in_and_the_sync_after_it_finds_duplicates(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    door = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    address = f"{desk}/tablets/import"
    for _ in range(2):
        answer = moderator.post(address, data={"file": (given_out(tablet, door), "tablet.zip")})
        assert answer.status_code == 200
        assert "文件已经收下" in answer.text
    assert "以前已经收到1" in words(answer.text)
    assert count(database, TabletRecord) == 1
    told = tablet.sync(door)["results"][0]
    assert (told["verdict"], told["state"]) == ("duplicate", "accepted")


def test_a_file_in_a_tablets_name_that_it_did_not_give_out_is_refused_whole(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    door = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    forged = given_out(tablet, door, proven="0" * 64)
    answer = moderator.post(f"{desk}/tablets/import", data={"file": (forged, "tablet.zip")})
    assert answer.status_code in (409, 422)
    assert "不是这台平板导出的" in answer.text
    assert count(database, TabletRecord) == 0


def test_what_is_no_export_is_refused_at_its_field(tablet: Tablet, desk: str, moderator: FlaskClient) -> None:
    for sent in ({}, {"file": (BytesIO(b"no zip"), "a.zip")}):
        answer = moderator.post(f"{desk}/tablets/import", data=dict(sent))
        assert answer.status_code in (409, 422)
        assert "error-summary" in answer.text
