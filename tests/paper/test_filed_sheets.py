"""Sheets that are signed, posted or put away: the count sheet, the dossier, the record of boards, the own walk list."""

import pytest
from flask import Flask

from deliberate.domain.consent import Answer
from deliberate.models import Notice
from deliberate.web.languages import NAMES
from tests import make_count, make_round
from tests.make import Clock
from tests.make_letter import browser
from tests.paper.reading import Paper, read
from tests.paper.test_sheets import BILINGUAL
from tests.web.rounds_office import Begin


class Cabinet:
    """A matter from its first step to the opinions on it, and whoever files its papers."""

    def __init__(self, app: Flask, begin: Begin, clock: Clock) -> None:
        with begin() as tx:
            self.at = make_count.answered(tx, 12, 10, 1, on_paper=2)
            make_count.completed(self.at, tx, clock)
            make_count.rated(self.at, tx, clock, 3)
            notice = tx.session.query(Notice).filter_by(consent_round_id=self.at.round.id).first()
            assert notice is not None
            self.notice = notice.id
        self.app, self.base = app, f"/c/{self.at.community.slug}"
        self.moderator = browser(app, self.at.staff.moderator)

    @property
    def sheets(self) -> dict[str, str]:
        return {
            "count sheet": f"rounds/{self.at.round.id}/sheet/1",
            "dossier": "desk/dossier/1",
            "boards": f"paper/notices/{self.notice}/boards/sheet",
        }

    def paper(self, name: str, languages: str = "zh-Hans") -> Paper:
        address = f"{self.base}/{self.sheets[name]}"
        answer = self.moderator.get(address, query_string={"in": languages, "as": "pdf"})
        assert answer.mimetype == "application/pdf", answer.text
        return read(answer.data)


@pytest.fixture
def cabinet(app: Flask, transaction: Begin, clock: Clock) -> Cabinet:
    return Cabinet(app, transaction, clock)


def test_a_count_sheet_is_one_page_with_places_for_caller_teller_and_scrutineer(cabinet: Cabinet) -> None:
    sheet = cabinet.paper("count sheet")
    assert len(sheet.pages) == 1
    assert sheet.in_order("意见统计表", "名册总数", "发出张数", "规则逐项核对", "监票人", "唱票人", "计票人")
    assert "居委会代表" in sheet.text
    assert cabinet.at.staff.scrutineer.display_name in sheet.text


def test_the_dossier_goes_from_the_first_step_to_the_accounts(cabinet: Cabinet) -> None:
    file = cabinet.paper("dossier")
    said = (
        "走过的每一步",
        "提出的内容",
        "方案第1版",
        "第1次征求意见",
        "意见统计表第1号",
        "实施和账目",
        "装好12盏灯",
    )
    places = [file.text.find(words) for words in said]
    assert -1 not in places, dict(zip(said, places, strict=True))
    assert places == sorted(places)
    assert cabinet.at.plan.sha256 in file.text.replace("\n", "")


@pytest.mark.whole
@pytest.mark.parametrize("languages", [*NAMES, *BILINGUAL])
def test_each_is_set_in_every_language(cabinet: Cabinet, languages: str) -> None:
    pages = {name: len(cabinet.paper(name, languages).pages) for name in cabinet.sheets}
    assert pages["count sheet"] <= 2
    assert pages["boards"] == 1
    assert 3 <= pages["dossier"] <= 8


def test_a_canvasser_prints_the_own_walk_which_tells_no_answer(app: Flask, transaction: Begin) -> None:
    with transaction() as tx:
        at = make_round.open_round(tx.session, 12, now=tx.now)
        make_round.say(tx.session, at, at.entries[0], Answer.DISAGREE, now=tx.now)
        building = at.homes[0].building_id
    client, address = browser(app, at.staff.canvasser), f"/c/{at.community.slug}/doors/list"
    page = client.get(address).text
    assert page.count("已填表") == 11
    assert "已反馈" in page
    assert "不同意" not in page
    assert client.get(f"{address}?building={building}").text.count("已填表") == 11
    assert client.get(f"{address}?building={building + 1000}").status_code == 404
    assert browser(app, at.staff.moderator).get(address).status_code == 403
