"""A household answers, changes, withdraws and checks, by letter and by account, in both languages."""

import itertools
import re
from datetime import timedelta

import pytest
from flask import Flask, g, request
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import CC278_ORD, RC80
from deliberate.models import Consent, EntryStanding
from deliberate.services import clockwork, consents
from deliberate.web.forms.answering import AnswerForm, names_in, sent_whole
from tests import make
from tests.make import Clock
from tests.make_letter import browser, letter
from tests.make_round import KEY, open_round, paper, say
from tests.web.answering_home import Begin, World, a_world, fields, give, words


@pytest.fixture
def world(app: Flask, transaction: Begin) -> World:
    return a_world(app, transaction)


def receipt_of(html: str) -> str:
    found = re.search(r'<p class="code"[^>]*>(.*?)</p>', html, re.S)
    assert found, words(html)
    return "".join(re.findall(r"[0-9A-Z]{4}", found[1]))


def stands(database: Database, world: World) -> Standing:
    with database.transaction() as tx:
        kept = tx.session.get(EntryStanding, world.at.entries[0].id)
        return kept.standing if kept else Standing.SILENT


@pytest.mark.parametrize(
    ("language", "heading", "thanks"),
    [
        ("zh-CN", "您家还没有提交意见", "已经收到您的意见"),
        ("en", "Your household has not answered yet", "Your answer has been received"),
    ],
)
def test_a_letter_answers_in_two_taps_and_gets_a_receipt(
    world: World, database: Database, language: str, heading: str, thanks: str
) -> None:
    client = world.by_letter()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    page = client.get(world.url).text
    assert heading in words(page)
    assert "checked" not in page
    html = give(client, world, Answer.AGREE)
    assert thanks in words(html)
    assert len(receipt_of(html)) == 12
    assert stands(database, world) is Standing.AGREE


def test_an_account_answers_and_changes_without_a_code(world: World, database: Database) -> None:
    client = world.by(world.member)
    first = receipt_of(give(client, world, Answer.AGREE))
    page = client.get(world.url).text
    assert "现在有效" in page
    assert 'name="replaces"' not in page
    second = receipt_of(give(client, world, Answer.DISAGREE))
    assert first != second
    assert stands(database, world) is Standing.DISAGREE


def test_a_second_click_is_one_record_with_the_same_receipt(world: World, database: Database) -> None:
    client = world.by_letter()
    data = {**fields(client.get(world.url).text), "answer": "agree"}
    codes = {receipt_of(client.post(world.answer_url, data=data, follow_redirects=True).text) for _ in "12"}
    assert len(codes) == 1
    with database.transaction() as tx:
        assert tx.session.query(Consent).count() == 1


def test_nothing_chosen_is_said_at_the_form(world: World, database: Database) -> None:
    client = world.by_letter()
    answer = client.post(world.answer_url, data=fields(client.get(world.url).text))
    assert answer.status_code == 422
    assert "请选一项" in answer.text
    assert stands(database, world) is Standing.SILENT


def test_a_plan_that_changed_meanwhile_is_refused_in_three_sentences(
    world: World, database: Database
) -> None:
    client = world.by_letter()
    data = {**fields(client.get(world.url).text), "answer": "agree", "plan_sha256": "f" * 64}
    answer = client.post(world.answer_url, data=data)
    assert answer.status_code == 409
    assert "方案文本和这一轮征求意见的文本不一致" in answer.text
    assert stands(database, world) is Standing.SILENT


def test_another_household_sees_and_answers_nothing_of_this_one(world: World, database: Database) -> None:
    give(world.by(world.member), world, Answer.DISAGREE)
    client = world.by(world.neighbour)
    page = client.get(world.url).text
    data = {**fields(page), "answer": "agree"}
    assert client.post(world.answer_url, data=data).status_code == 403
    assert "您家还没有提交意见" in page
    with database.transaction() as tx:
        [consent] = tx.session.query(Consent).all()
    assert client.get(f"{world.url}/receipt/{consent.id}").status_code == 404
    assert client.get(f"{world.url}/withdraw/{world.at.entries[0].id}").status_code == 403


def test_an_entry_of_another_round_is_not_found(world: World, transaction: Begin) -> None:
    with transaction() as tx:
        other = open_round(tx.session, 11)
    client = world.by(world.member)
    assert client.get(f"{world.home}/rounds/{other.round.id}").status_code == 404
    wrong = f"{world.url}/answer/{other.entries[0].id}"
    assert client.post(wrong, data={"answer": "agree"}).status_code == 404


def test_strangers_are_sent_to_sign_in(world: World) -> None:
    answer = world.app.test_client().get(world.url)
    assert (answer.status_code, "sign-in" in answer.location) == (302, True)


def test_after_the_deadline_nothing_is_taken_and_the_page_says_so(world: World, clock: Clock) -> None:
    client = world.by_letter()
    data = {**fields(client.get(world.url).text), "answer": "agree"}
    clock.at = world.at.round.answer_until
    answer = client.post(world.answer_url, data=data)
    assert answer.status_code == 409
    assert "征求意见已经截止" in answer.text
    page = client.get(world.url).text
    assert 'name="answer"' not in page
    assert "线上提交已经截止" in page


def test_a_closed_round_is_read_only_and_tells_when_to_object(
    world: World, database: Database, clock: Clock
) -> None:
    client = world.by(world.member)
    give(client, world, Answer.AGREE)
    clock.at = world.at.round.settle_until
    with database.transaction() as tx:
        clockwork.start_counting(tx.session, world.at.round.id, now=tx.now)
        found = tx.session.get_one(type(world.at.round), world.at.round.id)
        found.status, found.closed_at = RoundStatus.CLOSED, tx.now
        found.closed_by_id = world.at.staff.moderator.id
    page = client.get(world.url).text
    assert 'name="answer"' not in page
    assert "撤回意见" not in page
    assert "请在结果公示期内提出异议" in page
    assert "/objection" not in page, "nothing is shown yet to which one could object"


def test_a_different_answer_of_another_adult_is_a_contradiction_told_plainly(
    world: World, database: Database
) -> None:
    first = receipt_of(give(world.by(world.member), world, Answer.AGREE))
    client = world.by_letter()
    assert "您家已经交过一份意见。要换掉它，请写上它的回执码或表号。" in client.get(world.url).text
    html = give(client, world, Answer.DISAGREE, once_more="")
    assert "现在两份都没有计入" in words(html)
    assert stands(database, world) is Standing.CONTRADICTION
    page = client.get(world.url).text
    assert "一位没有经手的工作人员会来核实" in page
    second = fields(page)
    own = re.search(r'name="replaces" value="([^"]*)"', page)
    assert second
    assert own
    give(client, world, Answer.DISAGREE, replaces=f"{own[1]},{first}")
    assert stands(database, world) is Standing.DISAGREE


def test_a_wrong_receipt_to_replace_is_told_at_the_form_and_keeps_the_answer(world: World) -> None:
    give(world.by(world.member), world, Answer.AGREE)
    client = world.by_letter()
    data = {**fields(client.get(world.url).text), "answer": "disagree", "replaces": "AAAA-BBBB-CCCC"}
    answer = client.post(world.answer_url, data=data)
    assert answer.status_code == 422
    assert "没有找到这个回执码或表号对应的意见" in answer.text
    assert 'value="AAAA-BBBB-CCCC"' in answer.text
    assert 'value="disagree" required checked' in answer.text


def test_a_member_withdraws_after_a_confirmation(world: World, database: Database) -> None:
    client = world.by(world.member)
    give(client, world, Answer.AGREE)
    url = f"{world.url}/withdraw/{world.at.entries[0].id}"
    page = client.get(url).text
    request_id = re.search(r'name="request_id" value="([0-9a-f]+)"', page)
    assert request_id
    html = client.post(url, data={"request_id": request_id[1]}, follow_redirects=True).text
    assert "已经撤回" in words(html)
    assert stands(database, world) is Standing.WITHDRAWN


def test_a_letter_withdraws_only_with_the_receipt(world: World, database: Database) -> None:
    code = receipt_of(give(world.by_letter(), world, Answer.AGREE))
    client = world.by_letter()
    url = f"{world.url}/withdraw/{world.at.entries[0].id}"
    request_id = re.search(r'name="request_id" value="([0-9a-f]+)"', client.get(url).text)
    assert request_id
    refused = client.post(url, data={"request_id": request_id[1], "receipt": "0000-0000-0000"})
    assert refused.status_code == 422
    assert stands(database, world) is Standing.AGREE
    client.post(url, data={"request_id": request_id[1], "receipt": code})
    assert stands(database, world) is Standing.WITHDRAWN


def withdrawn(client: FlaskClient, world: World, code: str = "") -> int:
    url = f"{world.url}/withdraw/{world.at.entries[0].id}"
    found = re.search(r'name="request_id"[^>]*value="([0-9a-f]+)"', client.get(url).text)
    assert found
    return client.post(url, data={"request_id": found[1], "receipt": code}).status_code


NEW_ACCOUNT = {"display_name": "测试", "user_name": "ceshi", "password": "six blue windows", "telephone": ""}


def test_who_joins_with_a_found_letter_neither_sees_nor_takes_back_what_was_answered_before(
    world: World, database: Database, clock: Clock
) -> None:
    give(world.by_letter(), world, Answer.DISAGREE)
    clock.forward(minutes=5)
    thief = world.by_letter()
    assert thief.post("/account/register", data=NEW_ACCOUNT).status_code == 302
    page = words(thief.get(world.url).text)
    assert "已提交意见" in page
    assert "不同意 现在有效" not in page
    assert withdrawn(thief, world) == 422
    assert stands(database, world) is Standing.DISAGREE


def test_who_answers_by_letter_and_then_registers_in_that_browser_goes_on_seeing_it(
    world: World, database: Database
) -> None:
    client = world.by_letter()
    receipt = receipt_of(give(client, world, Answer.DISAGREE))
    assert client.post("/account/register", data=NEW_ACCOUNT).status_code == 302
    assert "不同意 现在有效" in words(client.get(world.url).text)
    url = f"{world.url}/withdraw/{world.at.entries[0].id}"
    for page in (url, world.url):
        assert receipt in re.findall(r'value="([0-9A-Z-]+)"', client.get(page).text)
    give(client, world, Answer.AGREE, replaces=receipt)
    assert stands(database, world) is Standing.AGREE


def test_a_letter_that_is_laid_down_takes_with_it_what_was_answered_by_it(world: World) -> None:
    client = world.by_letter()
    give(client, world, Answer.DISAGREE)
    client.post("/account/letter/leave")
    with client.session_transaction() as session:
        assert not {"receipts", "offered"} & set(session)
        session["letter_id"] = world.letter.id
    assert "不同意 现在有效" not in words(client.get(world.url).text)


def test_a_forms_number_is_printed_only_for_who_may_see_the_record(
    world: World, transaction: Begin, database: Database, clock: Clock
) -> None:
    clock.forward(hours=1)
    with transaction() as tx:
        paper(tx.session, world.at, world.at.entries[0], Answer.DISAGREE, 1, now=tx.now)
    by_letter = world.by_letter()
    page = by_letter.get(world.url).text
    assert "****-*01-*" in page
    assert "0000-001-5" not in page
    assert withdrawn(by_letter, world, "0000-001-5") == 422
    assert stands(database, world) is Standing.DISAGREE
    assert "0000-001-5" in world.by(world.member).get(world.url).text


def test_an_owner_answers_as_household_and_as_owner_apart(app: Flask, transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 40, RC80, CC278_ORD)
        owner = make.resident(tx.session, at.homes[0], as_owner=True)
        tenant = make.resident(tx.session, at.homes[0])
    url = f"/c/{at.community.slug}/home/rounds/{at.round.id}"
    page = browser(app, owner).get(url).text
    assert "确认我家的意见" in page
    assert "确认业主的意见" in page
    ids = re.findall(r"answer/(\d+)\"", page)
    assert len(ids) == 2
    ids_of_doors = re.findall(r'id="(answer-[^"]+)"', page)
    assert len(ids_of_doors) == len(set(ids_of_doors)) == 6
    assert "确认业主的意见" not in browser(app, tenant).get(url).text
    client = browser(app, owner)
    data = {**fields(page, int(ids[1])), "answer": "agree"}
    html = client.post(f"{url}/answer/{ids[1]}", data=data, follow_redirects=True).text
    assert "业主" in words(html)
    with transaction() as tx:
        assert [c.roll_entry_id for c in tx.session.query(Consent)] == [int(ids[1])]


def test_an_owner_who_joined_by_letter_and_lives_elsewhere_answers_and_sees_it(
    app: Flask, transaction: Begin
) -> None:
    """The letter was used once, to join; from then on the account is enough, on the page and for what it shows."""
    with transaction() as tx:
        at = open_round(tx.session, 40, RC80, CC278_ORD)
        to_owner = letter(tx.session, at.homes[0], now=tx.now, for_owner=True)
        owner = make.account(tx.session, "测试业主")
    assert browser(app, owner, to_owner.id).post("/account/letter/join").status_code == 302
    client, url = browser(app, owner), f"/c/{at.community.slug}/home/rounds/{at.round.id}"
    page = client.get(url).text
    assert "确认我家的意见" not in page
    [entry_id] = re.findall(r"answer/(\d+)\"", page)
    data = {**fields(page, int(entry_id)), "answer": "agree"}
    told = client.post(f"{url}/answer/{entry_id}", data=data)
    assert told.status_code == 302, words(told.text)
    assert len(receipt_of(client.get(told.location).text)) == 12
    assert "现在有效" in words(client.get(url).text)
    with transaction() as tx:
        [kept] = tx.session.query(Consent)
        assert (kept.recorded_by_id, kept.letter_id) == (owner.id, None)


def test_a_household_asks_for_a_visit_and_sees_its_state(world: World) -> None:
    client = world.by_letter()
    asked = {"wish": "visit", "language": "ug", "by_woman": "y", "question": "看不清字"}
    html = client.post(f"{world.home}/visit", data=asked, follow_redirects=True).text
    assert "等工作人员安排" in words(html)
    refused = client.post(f"{world.home}/visit", data={**asked, "wish": "shout"})
    assert refused.status_code == 422
    desk = f"/c/{world.at.community.slug}/desk/wishes"
    moderator = world.by(world.at.staff.moderator)
    page = moderator.get(desk).text
    assert "看不清字" in page
    assert "维吾尔语" in page
    assert "希望女同志来" in page
    take = re.search(r'action="([^"]+/take)"', page)
    assert take
    past = moderator.post(take[1], data={"appointed_at": "2026-03-01T10:00"})
    assert past.status_code == 422
    assert "约定的时间已经过去了" in past.text
    moderator.post(take[1], data={"appointed_at": "2026-03-03T19:30"})
    assert "3月3日" in client.get(f"{world.home}/visit").text
    moderator.post(take[1].replace("/take", "/finish"), data={"result": "已上门说明"})
    assert "已上门说明" in client.get(f"{world.home}/visit").text


def test_what_hangs_on_the_wall_is_rooms_and_dates_of_last_monday(
    world: World, database: Database, clock: Clock
) -> None:
    url = f"/c/{world.at.community.slug}/rounds/{world.at.round.id}/rooms"
    nobody = world.app.test_client()
    give(world.by(world.member), world, Answer.DISAGREE)
    assert "第一份名单还没有公布" in nobody.get(url).text
    clock.forward(days=7)
    with database.transaction() as tx:
        say(tx.session, world.at, world.at.entries[5], Answer.AGREE, now=tx.now)
    page = words(nobody.get(url).text)
    assert "1-101" in page
    assert "1-202" not in page
    assert "线上 1 份" in page
    assert "不同意" not in page
    assert "测试户主" not in page
    clock.forward(days=-7)
    clock.forward(days=6, hours=13, minutes=59)
    assert "第一份名单还没有公布" in nobody.get(url).text


def test_a_room_that_withdraws_stays_on_the_wall(world: World, database: Database, clock: Clock) -> None:
    url = f"/c/{world.at.community.slug}/rounds/{world.at.round.id}/rooms"
    with database.transaction() as tx:
        code = say(tx.session, world.at, world.at.entries[5], Answer.AGREE, now=tx.now)
    clock.forward(days=7)
    assert "1-202" in (before := words(world.app.test_client().get(url).text))
    with database.transaction() as tx:
        member = make.actor(tx.session, make.resident(tx.session, world.at.homes[5]))
        taken_back = {"request_id": "w", "replaces": (code,), "key": KEY, "now": tx.now}
        consents.withdraw(tx.session, member, world.at.entries[5].id, **taken_back)  # type: ignore[arg-type]
    clock.forward(days=7)
    after = words(world.app.test_client().get(url).text)
    assert "1-202" in after
    assert "共 1 户" in before
    assert "共 1 户" in after


def test_late_paper_is_told_as_late(world: World, database: Database, clock: Clock) -> None:
    signed = world.at.round.answer_until - timedelta(hours=1)
    clock.at = world.at.round.register_until
    with database.transaction() as tx:
        paper(tx.session, world.at, world.at.entries[0], Answer.AGREE, 1, now=tx.now, signed_at=signed)
    page = world.by(world.member).get(world.url).text
    assert "超过了登记时间，已保存，但不计入" in page


SENT = {
    "answer": ("agree", "abstain", "Agree", "", None),
    "request_id": ("0" * 32, "0" * 31, "0" * 32 + "\n", "G" * 32, "", None),
    "plan_sha256": ("a", "", None),
    "replaces": (None, "", "K7QM-2XR9-WT4P", "x" * 200, "x" * 201, " " * 201),
    "once_more": (None, "", "1", "2", "二"),
}


def test_an_answer_is_taken_without_its_form_just_when_the_form_would_take_it(app: Flask) -> None:
    for values in itertools.product(*SENT.values()):
        sent = {name: value for name, value in zip(SENT, values, strict=True) if value is not None}
        with app.test_request_context(method="POST", data=sent):
            g.csrf_valid = True
            whole = sent_whole(request.form)
            assert (whole is not None) is AnswerForm().validate(), sent
            if whole is not None:
                assert (whole.answer.value, whole.request_id, whole.plan_sha256) == values[:3]
                assert whole.replaces == names_in(values[3] or "")
