"""Receipts: who checks an answer with one, and how long guessing lasts."""

import re

import pytest
from flask import Flask

from deliberate.db import Transaction
from deliberate.domain.consent import Answer
from tests import make
from tests.make_round import paper
from tests.web.answering_home import Begin, World, a_world, give, words


@pytest.fixture
def world(app: Flask, transaction: Begin) -> World:
    return a_world(app, transaction)


def test_with_a_letter_alone_the_answer_is_not_shown_again(world: World) -> None:
    first = world.by_letter()
    give(first, world, Answer.DISAGREE)
    seen = re.compile(r'<p class="record-what">\s*<b>([^<]+)</b>')
    assert seen.findall(first.get(world.url).text) == ["不同意"]
    assert seen.findall(world.by_letter().get(world.url).text) == ["已提交意见"]
    assert seen.findall(world.by(world.member).get(world.url).text) == ["不同意"]


def test_anybody_with_the_receipt_checks_the_answer(world: World, transaction: Begin) -> None:
    with transaction() as tx:
        code = paper_code(tx, world)
    client = world.app.test_client()
    answer = client.post(
        f"{world.home}/check", data={"receipt": f"{code[:4]} {code[4:8].lower()}-{code[8:]}"}
    )
    text = words(answer.text)
    assert all(word in text for word in ("不同意", "纸质", "测试入户、测试志愿者"))
    assert "测试户主1" not in text
    wrong = client.post(f"{world.home}/check", data={"receipt": "0000-0000-0000"})
    assert wrong.status_code == 404
    assert "回执码可能抄错了" in wrong.text


def paper_code(tx: Transaction, world: World) -> str:
    """A paper's receipt, under the application's own key."""
    key = world.app.extensions["deliberate.config"].code_key
    return paper(tx.session, world.at, world.at.entries[0], Answer.DISAGREE, 1, now=tx.now, key=key)


def test_receipts_are_not_guessed(world: World) -> None:
    client = world.app.test_client()
    answers = [client.post(f"{world.home}/check", data={"receipt": f"0000-0000-000{n}"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [429]


def test_a_receipt_of_another_community_is_not_found_here(world: World, transaction: Begin) -> None:
    with transaction() as tx:
        code = paper_code(tx, world)
        make.community(tx.session, "elsewhere")
    answer = world.app.test_client().post("/c/elsewhere/home/check", data={"receipt": code})
    assert answer.status_code == 404
