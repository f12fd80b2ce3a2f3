"""What a community offers: its languages on its pages, its decision rules where a plan is fixed."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.domain.settings import OFFERS
from deliberate.services import discussion
from deliberate.web.forms.settings import CHOICES
from deliberate.web.languages import NAMES
from tests import make
from tests.app import SignIn

BASE = "/c/zhonghuaxiang"
SETTINGS = f"{BASE}/desk/settings"
PLAN_PAGE = f"{BASE}/desk/matters/1/plan"
PLAN = {
    "title": "修灯",
    "body": "楼道灯坏了。",
    "scope": "community",
    "funding": "资金",
    "schedule": "5月",
    "household_percent": "80",
}
CLOSED = {"agreed": "好", "disputed": "无", "goes_on": "好", "then": "plan", "early": "y"}
TO_ENGLISH = 'name="lang" value="en"'


class Town:
    def __init__(self, database: Database, sign_in: SignIn) -> None:
        with database.transaction() as tx:
            here = make.community(tx.session)
            make.community(tx.session, "beimen", "北门社区")
            homes = make.households(tx.session, here, 4)
            staff = make.staff(tx.session, here, Role.MODERATOR, name="古丽·阿不都")
            moderator = make.actor(tx.session, staff)
            resident = make.resident(tx.session, homes[0])
            matter = make.accepted(tx.session, moderator, homes[0], homes[1:])
            discussion.open_discussion(tx.session, moderator, matter.id, make.opening(), now=tx.now)
        self.moderator, self.resident = sign_in(staff), sign_in(resident)

    def change(self, **ticked: list[str]) -> int:
        """Tick exactly these on the page of settings; the status."""
        page = self.moderator.get(SETTINGS).text
        data: dict[str, Any] = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
        for name in OFFERS:
            data[name] = re.findall(rf'<input checked[^>]*name="{name}"[^>]*value="([^"]*)"', page)
        return self.moderator.post(SETTINGS, data=data | ticked).status_code


@pytest.fixture
def town(database: Database, signed_in: SignIn) -> Town:
    return Town(database, signed_in)


def in_english(client: FlaskClient) -> FlaskClient:
    client.post("/account/language", data={"lang": "en"})
    return client


def test_every_choice_has_its_words() -> None:
    assert OFFERS["languages"] == tuple(NAMES)
    assert {name: tuple(words) for name, words in CHOICES.items()} == OFFERS


def test_a_language_switched_off_is_gone_from_the_communitys_pages_alone(town: Town, app: Flask) -> None:
    reader = in_english(town.resident)
    assert '<html lang="en"' in reader.get(f"{BASE}/").text
    assert TO_ENGLISH in app.test_client().get(f"{BASE}/").text
    assert town.change(languages=["zh-Hans"]) == 302
    for client in (reader, app.test_client()):
        page = client.get(f"{BASE}/").text
        assert '<html lang="zh-Hans"' in page
        assert TO_ENGLISH not in page
    for elsewhere in ("/", "/c/beimen/"):
        assert '<html lang="en"' in reader.get(elsewhere).text
        assert TO_ENGLISH in app.test_client().get(elsewhere).text
    history = town.moderator.get(SETTINGS).text
    assert (
        "<del><bdi>中文（必选）、维吾尔文、英文</bdi></del> → <ins><bdi>中文（必选）</bdi></ins>" in history
    )
    assert "古丽·阿不都" in history
    assert town.change(languages=["zh-Hans", "en"]) == 302
    assert '<html lang="en"' in reader.get(f"{BASE}/").text


def test_whoever_switches_their_own_language_off_is_answered_in_chinese(town: Town) -> None:
    in_english(town.moderator)
    assert town.change(languages=["zh-Hans"]) == 302
    page = town.moderator.get(SETTINGS).text
    assert "设置已经保存" in page
    assert '<html lang="zh-Hans"' in page


@pytest.mark.parametrize("ticked", [{"languages": ["en"]}, {"presets": ["CC278_ORD"]}, {"languages": []}])
def test_what_is_always_needed_cannot_be_switched_off(town: Town, ticked: dict[str, list[str]]) -> None:
    assert town.change(**ticked) == 422
    assert "还没有改过" in town.moderator.get(SETTINGS).text


def test_a_preset_switched_off_cannot_be_attached_to_a_plan(town: Town) -> None:
    assert town.moderator.post(f"{BASE}/desk/matters/1/close", data=CLOSED).status_code == 302
    assert 'value="CC278_MAJ"' in town.moderator.get(PLAN_PAGE).text
    assert town.change(presets=["RC80", "CC278_ORD"]) == 302
    assert 'value="CC278_MAJ"' not in town.moderator.get(PLAN_PAGE).text
    refused = town.moderator.post(PLAN_PAGE, data=PLAN | {"rules": ["RC80", "CC278_MAJ"]})
    assert refused.status_code == 422
    assert "请重新勾选" in refused.text
    fixed = town.moderator.post(PLAN_PAGE, data=PLAN | {"rules": ["RC80", "CC278_ORD"]})
    assert fixed.status_code == 302
