"""A household that said "that was not us" finds that said wherever it looks, and later the answer."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.domain import serial
from deliberate.domain.consent import Answer
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.models import Consent, Objection
from deliberate.services import cases, consents, contesting, objections
from tests import make, make_count, make_round
from tests.make import Clock
from tests.make_letter import browser
from tests.make_round import paper
from tests.web.answering_home import Begin, World, a_world, words
from tests.web.test_checking import stub

WAITS = "您说这份意见有误，正在核实，"


@pytest.fixture
def world(app: Flask, transaction: Begin) -> World:
    """A forged paper of the first home, entered after its member came."""
    made = a_world(app, transaction)
    key = app.extensions["deliberate.config"].code_key
    with transaction() as tx:
        paper(tx.session, made.at, made.at.entries[0], Answer.AGREE, 1, now=tx.now, key=key)
    return made


def contested(world: World, transaction: Begin) -> int:
    """Its member says by the stub's code that it was not them; gives the objection."""
    key = world.app.extensions["deliberate.config"].code_key
    with transaction() as tx:
        consent = tx.session.query(Consent).one()
        held = contesting.Held(world.at.community.id, stub(world.app, world.at), consent.id)
        member = make.actor(tx.session, world.member)
        made = contesting.contest(tx.session, member, held, ObjectionKind.NOT_US, key=key, now=tx.now)
        return made.id


def answered(world: World, transaction: Begin, objection_id: int, finding: Finding) -> None:
    key = world.app.extensions["deliberate.config"].code_key
    with transaction() as tx:
        actor = make.actor(tx.session, world.at.staff.other_moderator)
        cases.take_objection(tx.session, actor, objection_id, now=tx.now)
        chosen = tx.session.get_one(Objection, objection_id).consent_id
        said = objections.Answer(finding, "打电话", "查过了。", chosen)
        objections.answer_objection(tx.session, actor, objection_id, said, key=key, now=tx.now)


def checked(client: FlaskClient, world: World) -> str:
    return client.post(f"{world.home}/check", data={"receipt": stub(world.app, world.at)}).text


@pytest.mark.parametrize("view", ["normal", "elder"])
def test_a_filed_objection_is_seen_where_the_record_is_until_it_is_answered(
    world: World, transaction: Begin, view: str
) -> None:
    client = world.by(world.member)
    client.set_cookie("view", view)
    assert "不是我家提交的" in checked(client, world)
    made = contested(world, transaction)
    link = f'href="{world.url}/objection"'
    for page in (client.get(world.url).text, client.get(f"{world.home}/").text, checked(client, world)):
        assert WAITS in page
        assert link in page
    assert "不是我家提交的" not in checked(client, world)
    filed = client.get(f"{world.url}/objection").text
    assert "复核中" in filed
    assert "现在不在异议期内" not in filed
    answered(world, transaction, made, Finding.NOT_UPHELD)
    for page in (client.get(world.url).text, client.get(f"{world.home}/").text, checked(client, world)):
        assert WAITS not in page
        assert "看答复" in page
        assert link in page


def test_who_holds_the_papers_code_alone_learns_nothing_of_the_objection(
    world: World, transaction: Begin
) -> None:
    crew = browser(world.app, world.at.staff.canvasser)
    before = words(checked(crew, world))
    contested(world, transaction)
    assert words(checked(crew, world)) == before


def test_a_record_that_was_voided_is_said_to_be(world: World, transaction: Begin, clock: Clock) -> None:
    answered(world, transaction, contested(world, transaction), Finding.UPHELD)
    client = world.by(world.member)
    for view in ("normal", "elder"):
        client.set_cookie("view", view)
        page = words(client.get(world.url).text)
        assert re.search("您家原来的意见经核实已经作废，现在没有有效意见。 ?截止前可以重新提交。", page)
        assert "已作废" in page
    clock.at = world.at.round.answer_until
    page = words(client.get(world.url).text)
    assert "现在没有有效意见。" in page
    assert "截止前可以重新提交" not in page


def test_a_record_that_was_withdrawn_is_said_to_be(world: World, transaction: Begin, clock: Clock) -> None:
    clock.forward(hours=1)
    with transaction() as tx:
        actor, entry = make.actor(tx.session, world.neighbour), world.at.entries[1]
        said = make_round.online(Answer.AGREE, world.at.plan, "a" * 32)
        consents.answer_online(tx.session, actor, entry.id, said, key=make_round.KEY, now=tx.now)
        consents.withdraw(tx.session, actor, entry.id, request_id="b" * 32, key=make_round.KEY, now=tx.now)
    page = words(world.by(world.neighbour).get(world.url).text)
    assert "同意 已撤回" in page
    assert "已被后来的替换" not in page


def test_messages_lead_to_the_record_and_to_the_answer(world: World, transaction: Begin) -> None:
    answered(world, transaction, contested(world, transaction), Finding.NOT_UPHELD)
    client = world.by(world.member)
    for address in (f"{world.home}/", "/account/messages"):
        page = client.get(address).text
        assert f'href="{world.url}">看我家的记录' in page, address
        assert f'href="{world.url}/objection">看答复' in page, address


def test_no_way_to_object_again_is_shown_while_one_waits(
    world: World, transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        make_count.shown(world.at, tx, clock)
    client = world.by(world.member)
    for address in (world.url, f"{world.home}/"):
        assert "提出异议</a>" in client.get(address).text
    contested(world, transaction)
    for address in (world.url, f"{world.home}/"):
        page = client.get(address).text
        assert WAITS in page
        assert "提出异议</a>" not in page


def test_whoever_rechecks_is_told_what_voiding_leads_to(
    world: World, transaction: Begin, clock: Clock
) -> None:
    made = contested(world, transaction)
    with transaction() as tx:
        cases.take_objection(tx.session, make.actor(tx.session, world.at.staff.moderator), made, now=tx.now)
    url = f"/c/{world.at.community.slug}/desk/objections/{made}"
    desk = world.by(world.at.staff.moderator)
    assert "征求意见还没有结束：作废以后，这一户可以重新提交。" in desk.get(url).text
    clock.at = world.at.round.answer_until
    page = desk.get(url).text
    assert "作废以后不再补登，统计表要更正。" in page


def test_whoever_rechecks_a_paper_that_the_home_has_replaced_is_offered_nothing_to_void(
    world: World, transaction: Begin
) -> None:
    made = contested(world, transaction)
    key = world.app.extensions["deliberate.config"].code_key
    with transaction() as tx:
        moderator = make.actor(tx.session, world.at.staff.moderator)
        cases.take_objection(tx.session, moderator, made, now=tx.now)
    url = f"/c/{world.at.community.slug}/desk/objections/{made}"
    desk = world.by(world.at.staff.moderator)
    page = desk.get(url).text
    assert "住户说的是这一份" in page
    assert "纸质 · 同意 · 第1份" in page
    with transaction() as tx:
        said = make_round.online(Answer.DISAGREE, world.at.plan, "a" * 32, serial.printed(1))
        member, entry = make.actor(tx.session, world.member), world.at.entries[0]
        consents.answer_online(tx.session, member, entry.id, said, key=key, now=tx.now)
    page = desk.get(url).text
    assert "这一户现在有效的意见不动。" in page
    assert "作废哪一份" not in page
    said_now = {"finding": "upheld", "method": "上门", "reply": "不是您家签的。", "voided": "0"}
    assert desk.post(url, data=said_now).status_code == 302
    member_page = words(world.by(world.member).get(world.url).text)
    assert "不同意 现在有效" in member_page


@pytest.mark.parametrize("view", ["normal", "elder"])
def test_objecting_is_offered_while_it_is_possible(
    world: World, transaction: Begin, clock: Clock, view: str
) -> None:
    client = world.by(world.neighbour)
    client.set_cookie("view", view)
    with transaction() as tx:
        make_count.shown(world.at, tx, clock)
    page = client.get(world.url).text
    assert f'href="{world.url}/objection"' in page
    assert "已经过了" not in page
    assert view == "elder" or "第 5 步" in words(page)


@pytest.mark.parametrize("view", ["normal", "elder"])
@pytest.mark.parametrize(("agree", "step"), [(7, None), (8, "第 6 步，共 7 步")])
def test_afterwards_it_is_said_to_be_over_and_the_step_is_the_matters(
    app: Flask, transaction: Begin, clock: Clock, view: str, agree: int, step: str | None
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, agree)
        member = make.resident(tx.session, at.homes[9])
        (make_count.started if step else make_count.concluded)(at, tx, clock)
    client = browser(app, member)
    client.set_cookie("view", view)
    address = f"/c/{at.community.slug}/home/rounds/{at.round.id}"
    page = client.get(address).text
    assert f'href="{address}/objection"' not in page
    assert "提出异议的时间到" in page
    if view == "normal":
        assert step in words(page) if step else "接下来" not in words(page)
