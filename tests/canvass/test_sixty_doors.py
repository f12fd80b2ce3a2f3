"""A crew's evening: sixty doors in two matters, mixed outcomes, a signal that comes and goes; in each language.

With DELIBERATE_SHOTS=<folder> every screen that a person meets is kept as a picture.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from deliberate.db import Database
from deliberate.domain.consent import Standing
from deliberate.domain.roll_text import search_key
from deliberate.models import Building, Estate, Household
from deliberate.web.languages import NAMES
from tests.canvass.conftest import Evening
from tests.canvass.faults import Road
from tests.canvass.oracle import balanced, stands
from tests.canvass.tablet import MakeTablet, Tablet, picture
from tests.make import Clock
from tests.make_round import another_matter, open_round

LOCALES = {"zh-Hans": "zh-CN", "en": "en-GB", "ug": "ug-CN"}
GATE: dict[str, Any] = {
    "title": "更换三号楼、四号楼的单元门",
    "body": "八个单元换成**保温防盗门**，装门禁和闭门器。老人家可以用钥匙，也可以刷卡。\n\n"
    "## 不做什么\n\n不装人脸识别。旧门由物业收走，卖废铁的钱记入公共收益。",
    "budget": 96_400_00,
    "funding": "惠民资金，住户不出钱",
    "schedule": "开工后20天",
}
SHED: dict[str, Any] = {
    "title": "在院子西侧建电动车充电棚",
    "body": "建40个车位的充电棚，有雨棚、灭火器和烟感。电费按表收，每度电不加价。",
    "budget": 128_000_00,
    "funding": "惠民资金10万元，物业出2.8万元",
    "schedule": "45天",
}
PEOPLE = [
    "阿依古丽·买买提",
    "张建国",
    "古丽娜尔·阿不都热合曼",
    "王秀英",
    "努尔兰·哈森",
    "马玉兰",
    "阿卜杜拉·吐尔逊",
    "李志强",
]
OUTCOMES = [
    "answered",
    "not_home",
    "answered",
    "papers_left",
    "refused",
    "come_back",
    "answered",
    "inaccessible",
    "language",
]
LAST = ["moved", "vacant", "do_not_visit"]
HOMES = 60


@pytest.fixture
def office(app: Flask, database: Database, clock: Clock) -> Evening:
    """Sixty homes in two buildings of a courtyard, and two matters that are open at each of them."""
    with database.transaction() as tx:
        at = open_round(tx.session, HOMES, now=tx.now, text=GATE)
        another_matter(tx.session, at, now=tx.now, text=SHED)
        place = tx.session.get_one(Building, at.homes[0].building_id)
        tx.session.get_one(Estate, place.estate_id).name = "团结小区"
        place.name = "3"
        second = Building(community_id=at.community.id, estate_id=place.estate_id, name="4")
        tx.session.add(second)
        tx.session.flush()
        homes = [tx.session.get_one(Household, made.id) for made in at.homes]
        for home in homes:
            home.room = f"W{home.id}"
        tx.session.flush()
        for n, home in enumerate(homes):
            home.head_name = PEOPLE[n % len(PEOPLE)]
            home.head_key = search_key(home.head_name)
            home.unit = str(n // 12 % 3 + 1)
            home.floor, home.room = n % 12 // 2 + 1, f"{n % 12 // 2 + 1}0{n % 2 + 1}"
            home.building_id = place.id if n < 36 else second.id
    clock.forward(hours=1)
    return Evening(app, database, at, clock)


class Crew:
    """Two people, one tablet, an evening."""

    def __init__(self, office: Evening, tablet: Tablet, language: str) -> None:
        self.office, self.tablet, self.language = office, tablet, language
        self.answered: Counter[str] = Counter()

    def shot(self, name: str, *, whole: bool = False) -> None:
        self.tablet.shot(f"{self.language}-{name}", whole=whole)

    def begins(self) -> None:
        """Enrolled at the office, with every screen of it looked at."""
        page = self.tablet.page
        self.tablet.open(f"#enrol={self.office.code()}")
        page.wait_for_selector(".checks")
        self.shot("01-enrol")
        page.fill("#name", "三号平板")
        page.click("#enrol")
        page.wait_for_selector("#pin")
        page.wait_for_selector("form + .checks")
        self.shot("02-pin")
        self.tablet.choose_pin()
        page.wait_for_selector(".door-card")
        self.tablet.ready()
        self.shot("03-list")

    def practises(self) -> None:
        page = self.tablet.page
        page.click("[data-way='tablet']")
        page.wait_for_selector("#practise")
        self.shot("04-tablet", whole=True)
        page.click("#practise")
        page.click(".door-card >> nth=0")
        page.wait_for_selector("#seal")
        self.shot("05-practice")
        page.click("#end-practice")
        page.wait_for_selector("[data-way='records']")

    def goes_to(self, place: int) -> None:
        """Straight on from the door before, or from the list."""
        page = self.tablet.page
        household = self.office.home(place)
        if page.query_selector("#next"):
            page.click("#next")
        else:
            page.click(f"[data-door='{household}']")
        page.wait_for_selector("#seal")
        assert page.evaluate("location.hash") == f"#/door/{household}", "the stairs are walked in their order"

    def at(self, place: int) -> None:
        """One door from the knock to the saving."""
        outcome = LAST[place // 10 % 3] if place % 10 == 9 else OUTCOMES[place % 10]
        self.goes_to(place)
        if place == 0:
            self.shot("10-door")
        self.tablet.outcome(outcome)
        if outcome == "answered":
            self.fills(place)
        elif outcome == "come_back":
            self.tablet.page.fill("#come_back_at", "2026-03-03T19:30")
            self.tablet.page.fill("#note", "晚上七点半以后在家")
            if place == 5:
                self.shot("15-come-back", whole=True)
        self.tablet.seal()
        if place in (0, 2):
            self.shot(f"16-saved-{place}")

    def fills(self, place: int) -> None:
        """The plan first, then the paper: photographed, signed on the screen, or photographed later."""
        page, tablet = self.tablet.page, self.tablet
        if place == 0:
            page.click("[data-do='show'] >> nth=0")
            page.wait_for_selector(".sheet-read")
            self.shot("11-plan-shown")
            page.click("dialog .btn-main")
        tablet.explain()
        answer = ("agree", "agree", "disagree", "agree", "abstain", "agree")[place // 10]
        self.answered[answer] += 1
        entries = [page.locator(f"fieldset[data-field^='answer-'] >> nth={n}") for n in range(2)]
        for entry in entries:
            entry.locator(f"input[value='{answer}']").check()
        tablet.fill_paper({}, place + 1, PEOPLE[place % len(PEOPLE)])
        if place % 10 == 0:
            tablet.photograph(("white", "ivory", "beige", "linen", "snow", "azure")[place // 10])
        elif place % 10 == 2:
            if place == 2:
                tablet.sign()
                self.shot("13-signature")
                page.click("dialog .btn-main")
                expect(page.locator(".likeness")).to_have_count(1)
            else:
                tablet.signed()
        else:
            page.check("#household-later")
        if place in (0, 2):
            self.shot(f"12-paper-{place}", whole=True)

    def looks_round(self) -> None:
        """In the middle of the evening, without a signal: the list, its filters, the search, a locked screen."""
        tablet, page = self.tablet, self.tablet.page
        page.click("#list")
        page.wait_for_selector("#q")
        self.shot("20-list-offline")
        for which in ("back", "evening", "all"):
            tablet.go_list(which)
            self.shot(f"21-list-{which}")
        page.fill("#q", "古丽娜尔阿不都")
        expect(page.locator(".door-card").first).to_contain_text("古丽娜尔·阿不都热合曼")
        self.shot("22-search")
        tablet.go_list("all")
        tablet.again()
        tablet.go_list("todo")

    def forgets_something(self) -> None:
        """Sealed with a field missing: it says which."""
        page = self.tablet.page
        page.click("[data-door] >> nth=0")
        page.wait_for_selector("#seal")
        self.tablet.outcome("answered")
        page.click("#seal")
        expect(page.locator(".field-wrong").first).to_be_visible()
        self.shot("23-missing", whole=True)
        page.click(".btn:has(path[d^='M6 6l12 12'])")
        page.click(".btn-grave")
        page.wait_for_selector("#q")

    def ends(self) -> None:
        """Back at the office: photographs that were to follow, one mistake corrected."""
        tablet, page = self.tablet, self.tablet.page
        page.click("#list, [data-way='']")
        page.click("[data-way='records']")
        page.wait_for_selector(".records")
        self.shot("30-records")
        for n, place in enumerate(range(6, HOMES, 10)):
            record = page.locator(f"#photo-{place + 1}")
            record.set_input_files(picture(tone=("red", "green", "blue", "gray", "pink", "tan")[n]))
            tablet.counts(made=HOMES + n + 1)
        page.locator("[data-seq='1'] .btn").click()
        page.wait_for_selector("#seal")
        page.locator("fieldset[data-field^='answer-'] >> nth=0").locator("input[value='abstain']").check()
        page.fill("#reason", "看错了一行")
        self.shot("31-correction")
        tablet.seal()


@pytest.mark.whole
@pytest.mark.parametrize("language", NAMES)
def test_sixty_doors_in_an_evening(
    office: Evening, live_server: Callable[..., str], tablet_at: MakeTablet, language: str
) -> None:
    tablet = tablet_at(live_server(Road(office.app.wsgi_app)), locale=LOCALES[language])
    crew = Crew(office, tablet, language)
    crew.begins()
    crew.practises()
    tablet.go_list("todo")
    for place in range(HOMES):
        tablet.signal(place % 10 not in (3, 4, 5, 6, 7))
        if place == 34:
            crew.looks_round()
            crew.forgets_something()
        crew.at(place)
        office.clock.forward(minutes=3)
    tablet.signal(True)
    tablet.insist(made=HOMES, waiting=0, delivered=HOMES - 6, needs=6)
    balanced(office, tablet, HOMES)
    crew.ends()
    tablet.insist(made=HOMES + 7, waiting=0, delivered=HOMES + 7, needs=0)
    balanced(office, tablet, HOMES + 7)
    tablet.go_list("all")
    crew.shot("40-list-end")
    counted = Counter(stands(office, place) for place in range(HOMES))
    assert counted[Standing.AGREE] == crew.answered["agree"] - 1
    assert counted[Standing.DISAGREE] == crew.answered["disagree"]
    assert counted[Standing.SILENT] == HOMES - 18
    expect(tablet.page.locator(".is-shut")).to_have_count(2)
