"""长辈版: one tap, remembered with its size; one question a page; a telephone on every page; read aloud."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.models import Consent
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
