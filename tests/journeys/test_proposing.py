"""A matter from a resident's phone to a fixed plan, through the real application, in two languages."""

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from deliberate.db import Database
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Role
from deliberate.models import Account, Comment, DiscussionRound, Meeting, PlanVersion, Proposal
from deliberate.services import plans
from tests import make
from tests.app import SignIn
from tests.make import Clock
from tests.services.discussion_hall import SUMMARY

BASE = "/c/zhonghuaxiang"


class Town:
    """A community with eight homes, each with a resident, and a moderator."""

    def __init__(self, database: Database, sign_in: SignIn) -> None:
        self.database = database
        with database.transaction() as tx:
            self.community = make.community(tx.session)
            self.homes = make.households(tx.session, self.community, 8, "3")
            self.people: list[Account] = [make.resident(tx.session, home) for home in self.homes]
            self.staff = make.staff(tx.session, self.community, Role.MODERATOR)
        self.residents = [sign_in(account) for account in self.people]
        self.moderator = sign_in(self.staff)

    def count(self, kind: type[Any]) -> int:
        with self.database.reading() as session:
            return session.query(kind).count()

    def stage(self, number: int = 1) -> Stage:
        with self.database.reading() as session:
            return session.query(Proposal).filter_by(number=number).one().stage


@pytest.fixture
def town(database: Database, signed_in: SignIn) -> Town:
    return Town(database, signed_in)


def post(client: FlaskClient, path: str, language: str, **data: Any) -> str:
    """Send a form and follow to the page after it, which must be fine."""
    answer = client.post(BASE + path, data=data, headers={"Accept-Language": language}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def get(client: FlaskClient, path: str, language: str) -> str:
    answer = client.get(BASE + path, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def picture() -> tuple[io.BytesIO, str]:
    target = io.BytesIO()
    Image.new("RGB", (300, 200), "green").save(target, "PNG")
    target.seek(0)
    return target, "门.png"


MATTER = {
    "title": "修好单元门",
    "category": "facilities",
    "body": "门关不严，**冬天**漏风。",
    "scope": "community",
}


@pytest.mark.parametrize("language", ["zh-CN", pytest.param("en", marks=pytest.mark.whole)])
def test_from_draft_to_fixed_plan(town: Town, clock: Clock, language: str) -> None:
    author, *neighbours = town.residents
    post(
        author,
        "/home/propose",
        language,
        **MATTER,
        budget="1200",
        do="save",
        pictures=picture(),
        request_id="a",
    )
    assert town.stage() is Stage.DRAFT
    assert "/pictures/" in get(author, "/matters/1", language)
    page = get(author, "/home/matters/1/edit", language)
    assert "**冬天**漏风" in page
    with town.database.reading() as session:
        body = session.query(Proposal).one().body
    post(
        author,
        "/home/matters/1/edit",
        language,
        **MATTER | {"body": body},
        version="1",
        budget="1300",
        do="submit",
    )
    assert town.stage() is Stage.SUBMITTED
    for neighbour in neighbours[:3]:
        get(neighbour, "/home/", language)
        page = post(neighbour, "/home/matters/1/second", language)
    assert "3/3" in page
    assert "修好单元门" in get(town.moderator, "/desk/", language)
    get(town.moderator, "/desk/matters/1/screen", language)
    post(town.moderator, "/desk/matters/1/screen", language, decision="accept", version="2")
    assert town.stage() is Stage.ACCEPTED
    get(town.moderator, "/desk/matters/1/discussion", language)
    post(
        town.moderator, "/desk/matters/1/rounds", language, question="先修哪栋？", deadline="2026-03-09T18:00"
    )
    assert town.stage() is Stage.DISCUSSING
    get(neighbours[0], "/home/matters/1/comment", language)
    post(
        neighbours[0],
        "/home/matters/1/comment",
        language,
        stance="suggestion",
        body="先修3号楼",
        request_id="c1",
    )
    page = post(author, "/home/matters/1/comment", language, parent="1", body="同意", request_id="c2")
    assert "先修3号楼" in page
    get(author, "/home/matters/1/comment?reply=1", language)
    get(town.moderator, "/desk/comments/1/verdict", language)
    get(town.moderator, "/desk/comments/2/hide", language)
    post(town.moderator, "/desk/comments/2/hide", language, reason="重复")
    get(town.moderator, "/desk/matters/1/remark", language)
    page = post(
        town.moderator,
        "/desk/matters/1/remark",
        language,
        stance="for",
        body="支持",
        spoken_by="王奶奶",
        request_id="r",
    )
    assert "王奶奶" in page
    assert "王奶奶" not in get(author, "/matters/1", language)
    clock.forward(days=8)
    summary = {"agreed": "先修3号楼", "disputed": "无", "goes_on": "写方案", "then": "plan"}
    assert "修好单元门" in get(town.moderator, "/desk/", language)
    post(town.moderator, "/desk/matters/1/close", language, **summary)
    plan = {
        "title": "修好单元门", "body": "先修3号楼。", "budget": "45,600", "funding": "惠民资金",
        "schedule": "5月", "scope": "community", "rules": ["RC80", "CC278_ORD"],
        "household_percent": "85", "after_round": "1",
    }  # fmt: skip
    get(town.moderator, "/desk/matters/1/plan", language)
    refused = town.moderator.post(BASE + "/desk/matters/1/plan", data=plan)
    assert refused.status_code == 422
    assert "先修3号楼。" in refused.text
    post(town.moderator, "/desk/comments/1/verdict", language, verdict="taken", reason="合理")
    page = post(town.moderator, "/desk/matters/1/plan", language, **plan)
    assert town.stage() is Stage.PLAN_FIXED
    with town.database.reading() as session:
        fixed = session.query(PlanVersion).one()
    assert fixed.sha256 in page
    assert fixed.rules[0]["tests"][0]["num"] == 85
    assert "合理" in get(author, "/matters/1/plans/1", language)
    assert "<ins>" in get(author, "/matters/1/compare?old=v1&new=p1", language)
    assert fixed.sha256 in get(author, "/notices/1", language)
    get(author, "/notices", language)
    get(town.moderator, "/desk/matters/1/revise", language)
    revised = {"reason": "预算算错", "question": "重算预算", "deadline": "2026-03-20T18:00"}
    post(town.moderator, "/desk/matters/1/revise", language, **revised)
    assert town.stage() is Stage.DISCUSSING
    assert "预算算错" in get(author, "/matters/1", language)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_council_meets(town: Town, clock: Clock, language: str) -> None:
    moderator = town.moderator
    post(moderator, "/desk/council", language, name="阿依努尔·买买提江", title="楼栋长")
    post(moderator, "/desk/council", language, name="王建国", title="")
    get(moderator, "/desk/meetings/new", language)
    call = {
        "kind": "mobile",
        "title": "院子里议事",
        "place": "3号楼前",
        "starts_at": "2026-03-03T19:00",
        "agenda": "单元门",
    }
    for _ in range(2):
        post(moderator, "/desk/meetings/new", language, **call, request_id="m")
    assert town.count(Meeting) == 1
    assert "院子里议事" in get(town.residents[0], "/notices", language)
    early = moderator.post(BASE + "/desk/meetings/1/minutes", data={**HELD, "present": ["1"]})
    assert early.status_code == 409
    clock.forward(days=2)
    assert "院子里议事" in get(moderator, "/desk/", language)
    page = post(moderator, "/desk/meetings/1/minutes", language, **HELD, present=["1"])
    assert "阿依努尔·买买提江" in page
    for path in ("/meetings", "/meetings/1", "/meetings/1/print"):
        page = get(town.residents[0], path, language)
        assert "阿依努尔" not in page
    assert "阿依努尔·买买提江" in get(moderator, "/desk/meetings/1/print", language)
    again = moderator.post(BASE + "/desk/meetings/1/minutes", data=HELD)
    assert again.status_code == 409
    assert "先修3号楼" in again.text


HELD = {"chair": "主持人", "recorder": "记录员", "minutes": "先修3号楼", "resolution": "入户征求意见"}


def test_sent_twice_made_once(town: Town) -> None:
    author = town.residents[0]
    for _ in range(2):
        post(author, "/home/propose", "zh-CN", **MATTER, do="submit", request_id="same")
    assert town.count(Proposal) == 1
    with town.database.transaction() as tx:
        moderator = make.actor(tx.session, town.staff)
        proposal = make.accepted(tx.session, moderator, town.homes[1], town.homes[2:5])
        make.discussion.open_discussion(tx.session, moderator, proposal.id, make.opening(), now=tx.now)
    for _ in range(2):
        post(author, "/home/matters/2/comment", "zh-CN", stance="for", body="好", request_id="once")
    assert town.count(Comment) == 1


def test_what_was_typed_is_kept(town: Town) -> None:
    answer = town.residents[0].post(
        BASE + "/home/propose",
        data={**MATTER, "title": "字" * 10_000, "scope": "grids", "budget": "很多", "do": "submit"},
    )
    assert answer.status_code == 422
    assert "字" * 10_000 in answer.text
    assert "门关不严" in answer.text
    assert "很多" in answer.text
    assert town.count(Proposal) == 0


def test_similar_matters_are_shown_while_writing(town: Town) -> None:
    post(town.residents[0], "/home/propose", "zh-CN", **MATTER | {"title": "院内停车位重新划线"}, do="submit")
    found = get(town.residents[1], "/home/similar?title=停车", "zh-CN")
    assert "院内停车位重新划线" in found
    assert "<html" not in found
    page = post(town.residents[1], "/home/propose", "zh-CN", **MATTER | {"title": "停车"}, do="similar")
    assert "院内停车位重新划线" in page
    assert "院内停车位重新划线" in get(town.residents[1], "/?q=停车", "zh-CN")
    assert "院内停车位重新划线" not in get(town.residents[1], "/?q=绿化", "zh-CN")


def test_one_form_never_hands_another_text_in(town: Town) -> None:
    author = town.residents[0]
    post(author, "/home/propose", "zh-CN", **MATTER, do="save", request_id="same")
    newer = MATTER | {"body": "第二稿，改了很多字"}
    assert "第二稿" in post(author, "/home/propose", "zh-CN", **newer, do="submit", request_id="same")
    assert (town.count(Proposal), town.stage()) == (1, Stage.SUBMITTED)
    third = MATTER | {"body": "第三稿，不能丢"}
    refused = author.post(BASE + "/home/propose", data={**third, "do": "submit", "request_id": "same"})
    assert refused.status_code == 422
    assert "第三稿，不能丢" in refused.text
    assert 'value="same"' not in refused.text


def test_an_old_page_replaces_a_newer_text_only_when_it_was_told_of_it(town: Town) -> None:
    author = town.residents[0]
    post(author, "/home/propose", "zh-CN", **MATTER, do="save", request_id="same")
    page = BASE + "/home/matters/1/edit"
    newer, older = MATTER | {"body": "另一台手机上写的"}, MATTER | {"body": "旧页面上写的"}
    author.post(page, data={**newer, "version": "1", "do": "save"})
    for sent in (older | {"do": "similar"}, older | {"do": "save", "title": ""}):
        kept = author.post(page, data={**sent, "version": "1"})
        assert 'name="version" type="hidden" value="1"' in kept.text
    told = author.post(page, data={**older, "version": "1", "do": "save"})
    assert told.status_code == 422
    assert 'name="version" type="hidden" value="2"' in told.text
    assert "旧页面上写的" in told.text
    assert author.post(page, data={**older, "version": "2", "do": "save"}).status_code == 302


def test_other_words_in_a_form_that_was_sent_are_kept(town: Town) -> None:
    moderator = town.moderator
    with town.database.transaction() as tx:
        actor = make.actor(tx.session, town.staff)
        proposal = make.accepted(tx.session, actor, town.homes[1], town.homes[2:5])
        make.discussion.open_discussion(tx.session, actor, proposal.id, make.opening(), now=tx.now)
    call = {"kind": "hall", "title": "会", "place": "院", "starts_at": "2026-03-20T18:00", "agenda": "灯"}
    remark = {"stance": "for", "spoken_by": "王奶奶"}
    for client, path, first, words in (
        (town.residents[0], "/home/matters/1/comment", {"stance": "for", "body": "好"}, {"body": "另一句"}),
        (moderator, "/desk/matters/1/remark", {**remark, "body": "好"}, {"body": "另一句"}),
        (moderator, "/desk/meetings/new", call, {"agenda": "另一句"}),
    ):
        post(client, path, "zh-CN", **first, request_id="same")
        refused = client.post(BASE + path, data={**first, **words, "request_id": "same"})
        assert refused.status_code == 422
        assert "另一句" in refused.text
        assert 'value="same"' not in refused.text


def test_a_second_click_on_ending_a_round_ends_one(town: Town) -> None:
    moderator = town.moderator
    with town.database.transaction() as tx:
        actor = make.actor(tx.session, town.staff)
        proposal = make.accepted(tx.session, actor, town.homes[1], town.homes[2:5])
        make.discussion.open_discussion(tx.session, actor, proposal.id, make.opening(), now=tx.now)
    assert 'name="seen" type="hidden" value="1"' in get(moderator, "/desk/matters/1/discussion", "zh-CN")
    closing = {
        "agreed": "好", "disputed": "无", "goes_on": "再议", "early": "y", "then": "next",
        "question": "先修哪栋？", "deadline": "2026-03-20T18:00", "seen": "1",
    }  # fmt: skip
    for _click in range(2):
        post(moderator, "/desk/matters/1/close", "zh-CN", **closing)
    assert town.count(DiscussionRound) == 2
    stale = moderator.post(BASE + "/desk/matters/1/close", data={**closing, "agreed": "另一份小结"})
    assert stale.status_code == 409
    assert "另一份小结" in stale.text
    assert 'name="seen" type="hidden" value="2"' in stale.text
    assert town.count(DiscussionRound) == 2


def test_a_revised_plan_begins_with_the_rules_of_the_one_before(town: Town) -> None:
    moderator = town.moderator
    with town.database.transaction() as tx:
        actor = make.actor(tx.session, town.staff)
        proposal = make.accepted(tx.session, actor, town.homes[1], town.homes[2:5])
        make.discussion.open_discussion(tx.session, actor, proposal.id, make.opening(), now=tx.now)
        hall = (tx.session, actor, proposal.id)
        make.discussion.close_round(*hall, SUMMARY, early=True, now=tx.now)
        plans.fix_plan(*hall, make.plan_text(rules=("RC80", "CC278_ORD"), household_percent=85), now=tx.now)
        plans.revise_plan(*hall, "预算算错", make.opening(now=tx.now), now=tx.now)
        make.discussion.close_round(*hall, SUMMARY, early=True, now=tx.now)
    form = get(moderator, "/desk/matters/1/plan", "zh-CN")
    ticked = re.findall(r"<input[^>]*checked[^>]*>", form)
    assert sorted(re.findall(r'value="((?:RC|CC)\w+)"', "".join(ticked))) == ["CC278_ORD", "RC80"]
    assert re.search(r'name="household_percent"[^>]*value="85"', form)
    plan = {
        "title": "修好单元门", "body": "新的方案正文", "budget": "1", "funding": "资金", "schedule": "5月",
        "scope": "community", "rules": ["RC80"], "household_percent": "80", "after_round": "1",
    }  # fmt: skip
    stale = moderator.post(BASE + "/desk/matters/1/plan", data=plan)
    assert stale.status_code == 422
    assert "新的方案正文" in stale.text
    assert 'name="after_round" type="hidden" value="2"' in stale.text
    assert moderator.post(BASE + "/desk/matters/1/plan", data={**plan, "after_round": "2"}).status_code == 302
