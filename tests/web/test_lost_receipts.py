"""The line breaks after an answer was kept and before its receipt came: the browser that gave it knows it again."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.models import Consent
from deliberate.web.given import KEPT
from tests.web.answering_home import Begin, World, a_world, fields, give, words


@pytest.fixture
def world(app: Flask, transaction: Begin) -> World:
    return a_world(app, transaction)


def cut_off(client: FlaskClient, world: World, data: dict[str, str]) -> None:
    """Send the answer; what would come back, its cookie too, never arrives."""
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert client.post(world.answer_url, data=data).status_code == 302
    client.set_cookie("session", cookie.value)


@pytest.mark.parametrize("view", ["normal", "elder"])
def test_the_browser_shows_the_receipt_that_never_came(world: World, view: str) -> None:
    client, entry_id = world.by_letter(), world.at.entries[0].id
    client.set_cookie("view", view)
    page = client.get(f"{world.url}?answer={entry_id}").text
    if view == "elder":
        chosen = {**fields(page.replace("/confirm", ""), entry_id), "answer": "agree"}
        page = client.post(f"{world.answer_url}/confirm", data=chosen).text
    cut_off(client, world, {**fields(page, entry_id), "answer": "agree"})
    for _look in range(KEPT + 1):
        page = client.get(world.url).text
        assert "看回执" in page
        assert "同意 现在有效" in words(page)
    assert "看回执" not in world.by_letter().get(world.url).text


def test_the_same_answer_given_again_after_the_break_is_one_record(world: World, database: Database) -> None:
    client = world.by_letter()
    data = {**fields(client.get(world.url).text), "answer": "agree"}
    again = {**fields(client.get(world.url).text), "answer": "agree"}
    cut_off(client, world, data)
    assert client.post(world.answer_url, data=again, follow_redirects=True).status_code == 200
    with database.reading() as session:
        assert session.query(Consent).count() == 1


def test_looking_at_pages_pushes_out_no_answer_that_was_given(world: World) -> None:
    client = world.by_letter()
    give(client, world, Answer.AGREE)
    for _look in range(2 * KEPT):
        assert "看回执" in client.get(world.url).text


def test_a_form_that_was_answered_is_not_shown_with_the_same_request(world: World) -> None:
    client = world.by_letter()
    first = fields(client.get(world.url).text)["request_id"]
    assert fields(client.get(world.url).text)["request_id"] == first
    give(client, world, Answer.AGREE)
    assert fields(client.get(world.url).text)["request_id"] != first
