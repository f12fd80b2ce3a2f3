"""长辈版: one tap, remembered with its size; one question a page; a telephone on every page; read aloud."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.models import Consent
from tests import make_count
from tests.make import Clock
from tests.make_round import paper, say
from tests.web.answering_home import Begin, World, a_world, fields, words


@pytest.fixture
def world(app: Flask, transaction: Begin) -> World:
    return a_world(app, transaction)


@pytest.fixture
def elder(world: World) -> FlaskClient:
    client = world.by_letter()
    client.set_cookie("view", "elder")
    return client


def consents(database: Database) -> int:
    with database.reading() as session:
        return session.query(Consent).count()


def test_one_tap_and_its_size_are_remembered(client: FlaskClient) -> None:
    assert 'data-view="normal"' in client.get("/account/letter").text
    client.post("/account/view", data={"view": "elder", "next": "/account/letter"})
    assert 'data-view="elder" data-text="22"' in client.get("/account/letter").text
    client.post("/account/view", data={"view": "elder-30", "next": "/account/letter"})
    page = client.get("/account/letter").text
    assert 'data-view="elder" data-text="30"' in page
    assert re.findall(r'value="elder-(\d+)" data-text="\d+" aria-pressed="true"', page) == ["30"]
    client.post("/account/view", data={"view": "elder-99", "next": "/account/letter"})
    assert 'data-view="normal"' in client.get("/account/letter").text


def test_the_plan_is_read_before_anything_is_asked(world: World, elder: FlaskClient) -> None:
    page = elder.get(world.url).text
    assert 'name="answer"' not in page
    assert f'{world.url}?answer={world.at.entries[0].id}"' in page


def test_a_page_asks_one_question_and_the_next_says_the_answer_back(
    world: World, elder: FlaskClient, database: Database
) -> None:
    question = elder.get(f"{world.url}?answer={world.at.entries[0].id}").text
    assert len(re.findall(r"<fieldset|<select|<textarea", question)) == 1
    assert "checked" not in question
    confirm = f"{world.answer_url}/confirm"
    hidden = dict(re.findall(r'type="hidden" name="([a-z0-9_]+)" value="([^"]*)"', question))
    said = elder.post(confirm, data={**hidden, "answer": "disagree"})
    assert said.status_code == 200
    assert "您选的是" in words(said.text)
    assert "disagree" not in said.request.full_path
    assert consents(database) == 0
    sent = {**fields(said.text), "answer": "disagree"}
    done = elder.post(world.answer_url, data=sent, follow_redirects=True)
    assert "已经收到您的意见" in words(done.text)
    with database.reading() as session:
        assert [one.answer for one in session.query(Consent)] == [Answer.DISAGREE]


def test_nothing_chosen_is_asked_again_at_the_question(
    world: World, elder: FlaskClient, database: Database
) -> None:
    hidden = fields(elder.get(f"{world.url}?answer={world.at.entries[0].id}").text.replace("/confirm", ""))
    again = elder.post(f"{world.answer_url}/confirm", data=hidden)
    assert again.status_code == 422
    assert 'id="error-summary"' in again.text
    assert 'name="answer"' in again.text
    assert consents(database) == 0


def test_another_household_is_not_asked(world: World, elder: FlaskClient) -> None:
    neighbours = world.at.entries[1].id
    assert 'name="answer"' not in elder.get(f"{world.url}?answer={neighbours}").text
    assert elder.post(f"{world.url}/answer/{neighbours}/confirm", data={}).status_code in (302, 403)


def test_a_telephone_stands_on_pages_outside_any_community_too(world: World, client: FlaskClient) -> None:
    for address in ("/account/letter", "/account/sign-in", world.home.removesuffix("/home") + "/"):
        assert 'href="tel:' in client.get(address).text, address


def give(database: Database, world: World, *answers: Answer) -> None:
    """Members of the first home say each of these."""
    with database.transaction() as tx:
        for answer in answers:
            say(tx.session, world.at, world.at.entries[0], answer, now=tx.now)


VIEWS = pytest.mark.parametrize("view", ["normal", "elder"])


@VIEWS
def test_a_household_in_contradiction_is_told_what_answering_again_takes(
    world: World, database: Database, view: str
) -> None:
    give(database, world, Answer.AGREE, Answer.DISAGREE)
    client = world.by_letter()
    client.set_cookie("view", view)
    page = words(client.get(world.url).text)
    assert "意见不一致，待核实" in page
    assert (
        "要写上原来每一份的回执码或表号，才会算数" if view == "elder" else "写上两份的回执码或表号"
    ) in page


@VIEWS
def test_after_closing_nobody_is_promised_to_come_and_the_way_to_object_is_shown(
    world: World, database: Database, clock: Clock, view: str
) -> None:
    give(database, world, Answer.AGREE, Answer.DISAGREE)
    client = world.by_letter()
    client.set_cookie("view", view)
    with database.transaction() as tx:
        make_count.shown(world.at, tx, clock)
    page = client.get(world.url).text
    assert "截止前没有核实清楚，您家的意见没有计入。" in page
    assert re.search(r"有异议请在.*前提出。", words(page))
    assert re.search(r'class="btn btn-main" href="[^"]*/objection"', page)
    for promise in ("来核实", "等工作人员核实", "可以再"):
        assert promise not in page
    clock.forward(days=30)
    page = client.get(world.url).text
    assert "您家的意见没有计入" in page
    assert "有异议请在" not in page


@VIEWS
def test_every_view_tells_where_a_household_stands_without_an_answer(
    world: World, database: Database, clock: Clock, view: str
) -> None:
    client = world.by(world.member)
    client.set_cookie("view", view)
    signed = world.at.round.answer_until - timedelta(hours=1)
    clock.at = world.at.round.answer_until
    assert "线上提交已经截止。截止前签好的纸质意见表" in client.get(world.url).text
    clock.at = world.at.round.register_until
    assert "还可以登记" not in client.get(world.url).text
    with database.transaction() as tx:
        paper(tx.session, world.at, world.at.entries[0], Answer.AGREE, 1, now=tx.now, signed_at=signed)
    assert "超过了登记时间，已保存，但不计入" in client.get(world.url).text


def test_the_elder_view_tells_of_a_withdrawal(world: World, elder: FlaskClient) -> None:
    page = elder.get(f"{world.url}?answer={world.at.entries[0].id}").text.replace("/confirm", "")
    elder.post(world.answer_url, data={**fields(page), "answer": "agree"})
    url = f"{world.url}/withdraw/{world.at.entries[0].id}"
    asked = dict(re.findall(r'name="([a-z_]+)"[^>]*value="([^"]*)"', elder.get(url).text))
    elder.post(url, data=asked)
    elder.get(world.url)
    assert "您家的意见已经撤回，现在算作尚未反馈。" in elder.get(world.url).text
