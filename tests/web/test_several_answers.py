"""A household that answered twice: what its pages say of both, and what becomes of one when the other goes."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.consent import Answer, Standing
from deliberate.models import EntryStanding
from tests.make import Clock
from tests.web.answering_home import Begin, World, a_world, fields, words


@pytest.fixture
def world(app: Flask, transaction: Begin) -> World:
    return a_world(app, transaction)


def sent(client: FlaskClient, world: World, answer: Answer) -> str:
    """The page's own form with this answer, and nothing more; gives the receipt's code."""
    data = {**fields(client.get(world.url).text, world.at.entries[0].id), "answer": answer.value}
    data.pop("once_more", None)
    told = client.post(world.answer_url, data=data, follow_redirects=True).text
    code = re.search(r'<p class="code"[^>]*>(.*?)</p>', told, re.S)
    assert code, words(told)
    return "-".join(re.findall(r"[0-9A-Z]{4}", code[1]))


def take_back_url(world: World) -> str:
    return f"{world.url}/withdraw/{world.at.entries[0].id}"


def taken_back(client: FlaskClient, world: World, code: str) -> str:
    """The answers of these codes withdrawn; gives the page that follows."""
    url = take_back_url(world)
    request_id = re.search(r'name="request_id" value="([0-9a-f]+)"', client.get(url).text)
    assert request_id
    data = {"request_id": request_id[1], "receipt": code}
    return words(client.post(url, data=data, follow_redirects=True).text)


def stands(database: Database, world: World) -> Standing:
    with database.reading() as session:
        return session.get_one(EntryStanding, world.at.entries[0].id).standing


def test_what_was_not_withdrawn_is_said_to_stand_and_not_what_it_says(
    world: World, database: Database
) -> None:
    first, second = world.by_letter(), world.by_letter()
    one, other = (sent(client, world, Answer.DISAGREE) for client in (first, second))
    page = words(second.get(take_back_url(world)).text)
    assert "您家现在有 2 份意见。这里看不到的那一份，要写上它的回执码才会一起撤回" in page
    told = taken_back(second, world, other)
    assert "这一份已经撤回，但您家还有另一份意见仍然有效。" in told
    assert "现在算作尚未反馈" not in told
    assert "已提交意见 现在有效" in told
    assert "不同意 现在有效" not in told
    assert stands(database, world) is Standing.DISAGREE
    assert "您家的意见已经撤回，现在算作尚未反馈。" in taken_back(second, world, one)
    assert stands(database, world) is Standing.WITHDRAWN


def test_of_what_the_reader_may_see_the_way_and_the_time_are_told(world: World, clock: Clock) -> None:
    first, second = world.by_letter(), world.by_letter()
    sent(first, world, Answer.AGREE)
    clock.forward(hours=1)
    other = sent(second, world, Answer.AGREE)
    told = taken_back(first, world, other)
    assert re.search(r"另一份意见仍然有效（线上，.*10:00）。", told), told


def test_who_sees_both_is_told_that_both_go(world: World, database: Database, clock: Clock) -> None:
    clock.forward(hours=1)
    member, by_letter = world.by(world.member), world.by_letter()
    for client in (member, by_letter):
        sent(client, world, Answer.AGREE)
    assert "您家现在有 2 份意见，会一起撤回。" in words(member.get(take_back_url(world)).text)
    taken_back(member, world, "")
    assert stands(database, world) is Standing.WITHDRAWN


def test_what_is_left_may_still_differ(world: World, database: Database) -> None:
    clients = [world.by_letter() for _ in range(3)]
    answers = (Answer.AGREE, Answer.DISAGREE, Answer.ABSTAIN)
    codes = [sent(client, world, answer) for client, answer in zip(clients, answers, strict=True)]
    assert "您家其余的意见仍然不一样，待核实" in taken_back(clients[2], world, codes[2])
    assert stands(database, world) is Standing.CONTRADICTION


def test_a_withdrawal_after_the_deadline_is_said_to_be_the_last_word(world: World, clock: Clock) -> None:
    client = world.by_letter()
    code = sent(client, world, Answer.AGREE)
    before = words(client.get(take_back_url(world)).text)
    assert "截止前还可以重新提交" in before
    assert "查看、修改或撤回" in client.get(f"{world.home}/").text
    clock.at = world.at.round.answer_until
    page = words(client.get(take_back_url(world)).text)
    assert "提交意见的时间已经过了。现在撤回，就不能再提交，您家算作尚未反馈。" in page
    assert "仍要撤回" in page
    assert "截止前" not in page
    home = client.get(f"{world.home}/").text
    assert "看我家的记录" in home
    assert "修改或撤回" not in home
    told = taken_back(client, world, code)
    assert "您家的意见已经撤回，现在算作尚未反馈。" in told
    assert "截止前可以重新提交" not in told


def test_what_was_answered_in_this_very_browser_is_replaced_unasked(world: World, database: Database) -> None:
    client = world.by_letter()
    assert "会代替您原来交的意见" not in client.get(world.url).text
    sent(client, world, Answer.AGREE)
    page = client.get(world.url).text
    assert "这次提交会代替您原来交的意见。" in page
    assert "替换哪一份" not in page
    assert "用您家信函提交的" in page
    assert "您提交的" not in page
    sent(client, world, Answer.DISAGREE)
    assert stands(database, world) is Standing.DISAGREE


def test_a_member_changes_what_their_account_said_and_is_told_so(world: World) -> None:
    client = world.by(world.member)
    sent(client, world, Answer.AGREE)
    page = client.get(world.url).text
    assert "这次提交会代替您原来交的意见。" in page
    assert "您提交的" in page


@pytest.mark.parametrize("view", ["normal", "elder"])
def test_an_empty_field_is_asked_about_once_more_before_two_answers_differ(
    world: World, database: Database, view: str
) -> None:
    sent(world.by(world.member), world, Answer.AGREE)
    client, entry_id = world.by_letter(), world.at.entries[0].id
    client.set_cookie("view", view)
    page = client.get(f"{world.url}?answer={entry_id}").text
    if view == "elder":
        chosen = {**fields(page.replace("/confirm", "")), "answer": "disagree"}
        page = client.post(f"{world.answer_url}/confirm", data=chosen).text
    assert "但如果两份不一样，两份都不计入，要等核实。" in page
    again = client.post(world.answer_url, data={**fields(page, entry_id), "answer": "disagree"})
    assert again.status_code == 422
    assert "还是这样交，请再点一次下面的按钮。" in again.text
    assert stands(database, world) is Standing.AGREE
    data = {**fields(again.text, entry_id), "answer": "disagree"}
    assert client.post(world.answer_url, data=data).status_code == 302
    assert stands(database, world) is Standing.CONTRADICTION


def test_of_several_answers_each_is_asked_for(world: World) -> None:
    for client in (world.by(world.member), world.by_letter()):
        sent(client, world, Answer.AGREE)
    page = words(world.by_letter().get(world.url).text)
    assert "您家已经交过 2 份意见。要换掉，请写上每一份的回执码或表号" in page


def test_naming_only_what_this_browser_knows_is_asked_about_too(world: World, database: Database) -> None:
    client = world.by_letter()
    for one in (world.by(world.member), client):
        sent(one, world, Answer.AGREE)
    data = {**fields(client.get(world.url).text), "answer": "disagree"}
    [known] = re.findall(r'name="replaces" value="([^"]+)"', client.get(world.url).text)
    again = client.post(world.answer_url, data={**data, "replaces": known})
    assert again.status_code == 422
    assert "有一份没有写回执码或表号" in again.text
    assert stands(database, world) is Standing.AGREE
