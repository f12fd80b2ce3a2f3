"""Crews at the desk: stopped and trusted again, their forms counted in the evening, and what looks unusual."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.errors import NotAllowed
from deliberate.domain.permissions import Role
from deliberate.domain.signs import FAST, RUN
from deliberate.domain.sync import Reason
from deliberate.models import (
    CrewSuspension,
    EveningCount,
    SuspendedConsent,
    TabletRecord,
)
from deliberate.services import evening as evening_count
from tests import make
from tests.make import Clock
from tests.make_letter import browser
from tests.make_tablet import Tablet, evening, photo
from tests.pages import faults
from tests.web.rounds_office import follow, words
from tests.web.tablet_desk import count


@pytest.fixture
def tablet(app: Flask, database: Database, clock: Clock) -> Tablet:
    return evening(app, database, clock)


def test_a_crew_is_stopped_and_trusted_again(
    tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    crew = f"{desk}/crews/{tablet.at.crew.id}"
    assert "暂停这个小组" in moderator.get(f"{desk}/crews").text
    assert moderator.post(f"{crew}/suspend", data={}).status_code == 422
    for _ in range(2):
        page = follow(moderator, f"{crew}/suspend", reason="两户说没有见过人", reach="all")
    assert "已暂停" in words(page)
    assert "两户说没有见过人" in page
    assert count(database, CrewSuspension) == 1
    door = tablet.door(tablet.at.homes[0].id, tablet.visit("not_home"))
    assert tablet.states(door) == ["quarantined"]
    with database.reading() as session:
        assert session.scalars(select(TabletRecord.reason)).one() is Reason.CREW_SUSPENDED
    assert "已暂停" not in words(follow(moderator, f"{crew}/lift", reason="问清楚了"))
    assert moderator.post(f"{crew}/lift", data={"reason": "又按了一次"}).status_code == 404
    later = tablet.door(tablet.at.homes[1].id, tablet.visit("not_home"))
    assert tablet.states(later) == ["accepted"]


def test_who_has_a_duty_in_a_crew_reads_that_another_moderator_stops_it(
    app: Flask, tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    with database.transaction() as tx:
        make.grant(tx.session, tablet.at.community, tablet.at.staff.canvasser, Role.MODERATOR)
    own, crew = browser(app, tablet.at.staff.canvasser), f"{desk}/crews/{tablet.at.crew.id}"
    for _ in range(2):
        page = own.get(crew).text
        assert "由不在这个小组的主持人办理" in words(page)
        assert "<textarea" not in page
        assert not faults(page)
        for step in ("suspend", "widen", "lift"):
            assert own.post(f"{crew}/{step}", data={"reason": "不该由我", "reach": "all"}).status_code == 403
        follow(moderator, f"{crew}/suspend", reason="两户说没有见过人", reach="all")
    assert count(database, CrewSuspension) == 1


def test_a_stopped_crews_papers_are_asked_about_one_by_one(
    app: Flask, tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.DISAGREE, 1))
    crew = f"{desk}/crews/{tablet.at.crew.id}"
    assert "现在计入的有 1 份" in words(moderator.get(crew).text)
    follow(moderator, f"{crew}/suspend", reason="两户说没有见过人", reach="all")
    with database.reading() as session:
        one = session.scalars(select(SuspendedConsent.id)).one()
    assert "1 份意见表先不计入，要核实" in words(moderator.get(f"{desk}/").text)
    counting = moderator.get(f"{desk}/counting/{tablet.at.round.id}").text
    assert "还有 1 份先不计入的意见表没有核实" in words(counting)
    assert f'href="{desk}/suspended"' in counting
    queue = moderator.get(f"{desk}/suspended").text
    assert "不同意" not in words(queue)
    assert moderator.get(f"{desk}/suspended/{one}").status_code == 403
    other = browser(app, tablet.at.staff.other_moderator)
    page = follow(other, f"{desk}/suspended/{one}/take")
    assert "不同意" in words(page)
    assert not faults(page)
    picture = re.search(r'src="(/c/[^"]+/evidence/\d+)"', page)
    assert picture
    with other.get(picture[1]) as shown:
        assert shown.status_code == 200
    assert moderator.get(f"{desk}/suspended/{one}").status_code == 403
    assert moderator.get(picture[1]).status_code == 403
    bad = other.post(f"{desk}/suspended/{one}", data={"finding": "genuine", "reason": " "})
    assert bad.status_code == 422
    done = follow(other, f"{desk}/suspended/{one}", finding="genuine", reason="上门问过")
    assert "核实结果已保存" in words(done)
    assert "没有要核实的意见表" in words(done)
    assert f'href="{desk}/suspended"' not in moderator.get(f"{desk}/counting/{tablet.at.round.id}").text


def test_who_gave_out_the_tablets_code_reads_that_another_moderator_finds_whose_signature_it_is(
    app: Flask, tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.DISAGREE, 1))
    follow(moderator, f"{desk}/crews/{tablet.at.crew.id}/suspend", reason="两户说没有见过人", reach="all")
    with database.reading() as session:
        one = session.scalars(select(SuspendedConsent.id)).one()
    says = "是不是本人签的，由别的主持人核实"
    assert says in words(moderator.get(f"{desk}/suspended").text)
    assert says not in words(browser(app, tablet.at.staff.other_moderator).get(f"{desk}/suspended").text)
    page = follow(moderator, f"{desk}/suspended/{one}/take")
    assert says in words(page)
    assert not faults(page)
    assert 'value="unreached"' in page
    assert 'value="genuine"' not in page
    address = f"{desk}/suspended/{one}"
    assert moderator.post(address, data={"finding": "genuine", "reason": "问过"}).status_code == 422
    assert "核实结果已保存" in words(follow(moderator, address, finding="unreached", reason="去过三次"))


def test_forms_are_counted_by_hand_each_evening(
    app: Flask, tablet: Tablet, desk: str, moderator: FlaskClient, database: Database
) -> None:
    tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.AGREE, 1))
    again = tablet.answered(tablet.at.entries[1], Answer.AGREE, 2)
    assert tablet.states(again) == ["pending_evidence"]
    forms = f"{desk}/rounds/{tablet.at.round.id}/forms"
    sent = {"crew": str(tablet.at.crew.id), "in_hand": "96"}
    bad = moderator.post(f"{forms}/count", data=sent)
    assert bad.status_code == 422
    assert "差2张" in words(bad.text)
    page = words(follow(moderator, f"{forms}/count", **sent, note="有两张淋湿了，还没有交"))
    assert "没有对上" in page
    assert "少 2 张" in page
    assert "第一组差 2 张" in words(moderator.get(f"{desk}/").text)
    for _ in range(2):
        page = words(follow(moderator, f"{forms}/count", **{**sent, "in_hand": "98"}))
        assert "已签下：对上了" in page
    assert count(database, EveningCount) == 2
    assert "差 2 张" not in words(moderator.get(f"{desk}/").text)
    with database.transaction() as tx:
        at = tablet.at
        make.grant(tx.session, at.community, at.staff.canvasser, Role.MODERATOR)
        canvasser = make.actor(tx.session, at.staff.canvasser)
        with pytest.raises(NotAllowed):
            evening_count.count_evening(tx.session, canvasser, at.crew.id, 98, now=tx.now)


def test_usual_work_shows_no_sign(tablet: Tablet, desk: str, moderator: FlaskClient, clock: Clock) -> None:
    for n, home in enumerate(tablet.at.homes[:3]):
        clock.forward(minutes=15)
        tablet.deliver(tablet.answered(tablet.at.entries[n], Answer.AGREE, n + 1))
        assert home.id
    assert "没有看到异常" in words(moderator.get(f"{desk}/crews").text)


def test_signs_are_told_with_numbers_and_without_answers(
    app: Flask, database: Database, clock: Clock
) -> None:
    tablet = evening(app, database, clock, homes=RUN + 2)
    shared = photo(99)
    clock.at = clock.at.replace(hour=15)
    doors = []
    for n, entry in enumerate(tablet.at.entries[:RUN]):
        picture = shared if n < 2 else photo(n)
        form = tablet.form({entry: Answer.DISAGREE}, n + 1, ("photo", picture))
        doors.append(tablet.door(entry.household_id, tablet.visit(), [form]))
    for door in doors:
        assert tablet.deliver(door) == ["accepted"]
    moderator = browser(app, tablet.at.staff.moderator)
    page = words(moderator.get(f"/c/{tablet.at.community.slug}/desk/crews").text)
    assert "有 1 份照片或签名，被用在不止一户上" in page
    assert f"10分钟里登记了 {RUN} 户表态" in page
    assert FAST < RUN
    assert f"有 {RUN} 次上门在早上8点以前或者晚上10点以后" in page
    assert f"同一答案至少连续 {RUN} 户" in page
    assert "不等于造假，请核实" in page
    assert "不同意" not in page
