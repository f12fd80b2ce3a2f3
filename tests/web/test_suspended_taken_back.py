"""A household whose paper is suspended reads that it is being checked, and takes it back if it wants to."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.domain.consent import Answer, Standing
from deliberate.domain.suspicion import Finding, Reach
from deliberate.models import EntryStanding, SuspendedConsent
from deliberate.queries import people
from deliberate.services import consents, suspensions
from tests import make, make_round
from tests.make_round import paper
from tests.web.answering_home import Begin, World, a_world, words
from tests.web.test_checking import stub

CHECKED = "您家的意见表正在核实"
NOT_COUNTED = "核实以前不计入，核实属实的会计入。"
RIGHT = "和您家给的一样吗？"


@pytest.fixture
def world(app: Flask, transaction: Begin) -> World:
    """The paper of the first home, whose crew was stopped."""
    made = a_world(app, transaction)
    at, key = made.at, app.extensions["deliberate.config"].code_key
    with transaction() as tx:
        paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now, key=key)
        moderator = make.actor(tx.session, at.staff.moderator)
        suspensions.suspend_crew(
            tx.session, moderator, at.crew.id, "两户说没有见过人", Reach.ALL, key=key, now=tx.now
        )
    return made


def checked(client: FlaskClient, world: World) -> str:
    return words(client.post(f"{world.home}/check", data={"receipt": stub(world.app, world.at)}).text)


def take_back(client: FlaskClient, world: World, **more: str) -> tuple[str, str]:
    """The page that asks once more, and the one that follows."""
    url = f"{world.url}/withdraw/{world.at.entries[0].id}"
    asked = client.get(url).text
    request_id = re.search(r'name="request_id" value="([0-9a-f]{32})"', asked)
    assert request_id
    data = {"request_id": request_id[1], **more}
    return words(asked), words(client.post(url, data=data, follow_redirects=True).text)


def stands(world: World, transaction: Begin) -> Standing:
    with transaction() as tx:
        return tx.session.get_one(EntryStanding, world.at.entries[0].id).standing


def test_the_stub_of_a_suspended_paper_says_that_it_is_checked_and_asks_nothing(
    world: World, transaction: Begin
) -> None:
    page = checked(world.by(world.member), world)
    assert CHECKED in page
    assert NOT_COUNTED in page
    assert RIGHT not in page
    assert "一样，没有错" not in page
    with transaction() as tx:
        one = tx.session.query(SuspendedConsent.id).scalar()
        other = make.actor(tx.session, world.at.staff.other_moderator)
        key = world.app.extensions["deliberate.config"].code_key
        suspensions.recheck(tx.session, other, one, Finding.GENUINE, "上门问过", key=key, now=tx.now)
    page = checked(world.by(world.member), world)
    assert CHECKED not in page
    assert RIGHT in page


@pytest.mark.parametrize("view", ["normal", "elder"])
def test_a_member_reads_that_the_paper_is_checked_and_takes_it_back(
    world: World, transaction: Begin, view: str
) -> None:
    client = world.by(world.member)
    client.set_cookie("view", view)
    page = words(client.get(world.url).text)
    assert CHECKED in page
    assert "经核实已经作废" not in page
    assert "撤回意见" in page
    _asked, told = take_back(client, world)
    assert "您家的意见已经撤回，现在算作尚未反馈。" in told
    assert CHECKED not in words(client.get(world.url).text)
    assert stands(world, transaction) is Standing.WITHDRAWN


def test_who_has_only_the_letter_takes_it_back_by_the_code_of_the_stub(
    world: World, transaction: Begin
) -> None:
    client = world.by_letter()
    _asked, told = take_back(client, world, receipt="")
    assert "没有找到可以撤回的意见" in told
    assert stands(world, transaction) is Standing.INVALID
    _asked, told = take_back(client, world, receipt=stub(world.app, world.at))
    assert "您家的意见已经撤回" in told
    assert stands(world, transaction) is Standing.WITHDRAWN


def test_who_takes_another_answer_back_is_told_that_the_paper_may_still_count(
    world: World, transaction: Begin
) -> None:
    client = world.by_letter()
    key = world.app.extensions["deliberate.config"].code_key
    with transaction() as tx:
        holder = people.actor(tx.session, letter_id=world.letter.id)
        said = make_round.online(Answer.DISAGREE, world.at.plan, "c" * 32)
        entry = world.at.entries[0].id
        code = consents.answer_online(tx.session, holder, entry, said, key=key, now=tx.now).code
    asked, told = take_back(client, world, receipt=code)
    assert "您家现在有 2 份意见。" in asked
    assert "您家还有一张意见表正在核实，核实属实的会计入。" in told
