"""Sheets of a round as they lie on the table: their order, their codes, their pages, in each language."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.domain.consent import Answer
from deliberate.domain.serial import printed
from deliberate.models import FormIssue, Notice
from deliberate.services import rounds
from deliberate.web.languages import NAMES
from tests import make, make_round
from tests.make_letter import browser
from tests.make_round import OpenRound
from tests.paper.reading import Paper, read
from tests.web.rounds_office import Begin

BILINGUAL = [f"zh-Hans,{tag}" for tag in NAMES if tag != "zh-Hans"]


class Office:
    """The moderator's browser, beside an open round of twelve households."""

    def __init__(self, app: Flask, begin: Begin) -> None:
        with begin() as tx:
            self.at: OpenRound = make_round.open_round(tx.session, 12, now=tx.now)
            self.other = make_round.another_matter(tx.session, self.at, now=tx.now)
            self.issue = tx.session.query(FormIssue).filter_by(crew_id=self.at.crew.id).one().id
        self.base = f"/c/{self.at.community.slug}/paper"
        self.client: FlaskClient = browser(app, self.at.staff.moderator)

    def sheet(self, path: str, languages: str = "zh-Hans") -> Paper:
        answer = self.client.get(f"{self.base}/{path}", query_string={"in": languages, "as": "pdf"})
        assert answer.mimetype == "application/pdf", answer.text
        return read(answer.data)

    def forms(self, start: int = 1, **more: object) -> Paper:
        answer = self.client.post(
            f"{self.base}/rounds/{self.at.round.id}/forms/{self.issue}",
            data={"start": start, "in": "zh-Hans", "as": "pdf", **more},
        )
        assert answer.mimetype == "application/pdf", answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return read(answer.data)


@pytest.fixture
def office(app: Flask, transaction: Begin) -> Office:
    return Office(app, transaction)


def test_on_a_form_text_money_rule_and_hash_stand_before_the_signature(office: Office) -> None:
    form = office.forms(start=99)
    plan = office.at.plan
    assert len(form.pages) == 2
    assert form.in_order("测试议题1", "1,000 元", "80%", plan.sha256, "我家的意见", "本人签名", "的回执")
    assert printed(99) in form.pages[0]
    codes = form.codes()
    assert printed(99) in codes
    code = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", form.pages[0])
    assert code is not None
    assert any(one.endswith(f"/home/check#{code.group()}") for one in codes)
    assert any(one.endswith("/matters/1/plans/1") for one in codes)


def test_one_paper_carries_several_matters_and_both_stand_before_the_signature(office: Office) -> None:
    form = office.forms(start=100, also=str(office.other.round.id))
    one, two = office.at.plan, office.other.plan
    assert form.in_order("测试议题1", one.sha256, "测试议题2", two.sha256, "本人签名")
    assert form.pages[0].count("我家的意见") == 2


def test_a_registered_form_is_not_printed_again(office: Office, transaction: Begin) -> None:
    with transaction() as tx:
        make_round.paper(tx.session, office.at, office.at.entries[0], Answer.AGREE, 100, now=tx.now)
    assert [printed(99) in page for page in office.forms(start=99).pages] == [True]


def test_rows_that_no_door_needs_are_struck_out(office: Office) -> None:
    building = office.at.homes[0].building_id
    path = f"rounds/{office.at.round.id}/signatures?building={building}"
    answer = office.client.get(f"{office.base}/{path}")
    assert "以下空白" in answer.text
    assert re.search(r'class="strike strike-[1-9]"', answer.text)
    sheet = read(office.client.get(f"{office.base}/{path}&as=pdf").data)
    struck = next(page for page in sheet.pages if "以下空白" in page)
    assert office.at.plan.sha256 in struck
    assert struck.find(office.at.plan.sha256) < struck.find("以下空白")


def test_every_building_has_its_sheets_and_counts_in_a_notice(app: Flask, transaction: Begin) -> None:
    with transaction() as tx:
        at = make_round.open_round(tx.session, 1, now=tx.now, buildings=30)
        make_round.say(tx.session, at, at.entries[-1], Answer.AGREE, now=tx.now)
    with transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        last = date.fromordinal(tx.now.date().toordinal() + 20)
        rounds.extend_round(tx.session, moderator, at.round.id, last, "雨天", now=tx.now)
        notice = tx.session.query(Notice).filter_by(kind="extension").one()
        assert notice.data["answered"] == 1
    client, base = browser(app, at.staff.moderator), f"/c/{at.community.slug}/paper/rounds/{at.round.id}"
    assert client.get(base).text.count(">签字汇总表</a>") == 30
    sheet = client.get(f"{base}/signatures?building={at.homes[-1].building_id}").text
    assert re.search(">30</bdi>号楼", sheet)


def test_lists_tell_that_a_door_answered_and_never_how(office: Office, transaction: Begin) -> None:
    with transaction() as tx:
        make_round.say(tx.session, office.at, office.at.entries[0], Answer.DISAGREE, now=tx.now)
        make_round.say(tx.session, office.other, office.other.entries[0], Answer.DISAGREE, now=tx.now)
    page = office.client.get(f"{office.base}/rounds/{office.at.round.id}/walk/{office.at.crew.id}").text
    assert "已反馈" in page
    assert "不同意" not in page


def test_the_poster_leads_to_its_notice_and_the_message_says_the_same(
    office: Office, transaction: Begin
) -> None:
    with transaction() as tx:
        notice = tx.session.query(Notice).filter_by(consent_round_id=office.at.round.id).one()
        number, sha256 = notice.id, notice.data["plan_sha256"]
    poster = office.sheet(f"notices/{number}/poster")
    assert len(poster.pages) == 1
    assert poster.in_order("征求意见公告", "12 户", "怎样算通过", "需要同意", "10 户", "0991-000 0000")
    assert any(one.endswith(f"/notices/{number}") for one in poster.codes())
    page = office.client.get(f"{office.base}/notices/{number}/poster").text
    message = page.partition("<textarea")[2].partition("</textarea>")[0]
    for words in ("【征求意见公告】", "总户数:12 户", "需要同意:10 户", sha256, f"/notices/{number}"):
        assert words in message


def test_without_the_component_the_page_says_what_to_do(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deliberate.pdf.available", lambda: False)
    path = f"{office.base}/rounds/{office.at.round.id}/proxy"
    refused = office.client.get(path, query_string={"as": "pdf"})
    assert refused.status_code == 501
    assert "用浏览器打印" in refused.text
    monkeypatch.setattr("deliberate.web.printing.pdf.available", lambda: False)
    assert office.client.get(path).status_code == 200


@pytest.mark.parametrize("languages", [pytest.param(one, marks=pytest.mark.whole) for one in BILINGUAL])
def test_a_form_in_two_languages_is_one_page_with_the_legal_text(office: Office, languages: str) -> None:
    form = office.forms(start=100, **{"in": languages})
    assert len(form.pages) == 1
    assert form.in_order("入户征求意见表", office.at.plan.sha256, "本人签名")
    assert printed(100) in form.codes()


SHEETS = ["signatures", "walk/{crew}", "visits", "proxy", "register", "count"]


@pytest.mark.whole
@pytest.mark.parametrize("languages", [*NAMES, *BILINGUAL])
def test_every_sheet_is_set_in_every_language(office: Office, languages: str) -> None:
    for name in SHEETS:
        path = f"rounds/{office.at.round.id}/{name.format(crew=office.at.crew.id)}"
        sheet = office.sheet(path, languages)
        assert 1 <= len(sheet.pages) <= 4, name
        for number, picture in enumerate(sheet.pictures):
            edges = [picture.convert("L").getpixel((x, y)) for x in (2, picture.width - 3) for y in (2, 99)]
            assert min(edges) > 250, (name, number)
