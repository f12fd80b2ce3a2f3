"""At the door: who may not be visited, what is kept before the camera opens, what a QR code saves from typing."""

import pytest
from playwright.sync_api import expect

from deliberate.domain.serial import printed
from deliberate.models import Membership, PlanTranslation
from tests.canvass.conftest import Evening
from tests.canvass.oracle import balanced
from tests.canvass.tablet import CAMERA, Tablet

pytestmark = pytest.mark.whole


def test_after_three_attempts_or_a_wish_nobody_knocks_again(evening: Evening, tablet: Tablet) -> None:
    """It holds without a signal too; a paper that the household brings is still registered."""
    tablet.signal(False)
    for _time in range(3):
        tablet.not_home(evening.home(0))
    tablet.at_door(evening.home(1))
    tablet.outcome("do_not_visit")
    tablet.seal()
    for place, word in ((0, "不再打扰"), (1, "请勿再访")):
        tablet.go_list()
        card = tablet.page.locator(f"[data-door='{evening.home(place)}']")
        expect(card).to_contain_text(word)
        card.click()
        expect(tablet.page.locator(".notice-await").first).to_contain_text("请不要再敲这一户的门")
        assert not tablet.page.query_selector("#seal")
        tablet.page.click("#back")
    tablet.page.click("[data-filter='todo']")
    expect(tablet.page.locator(f"[data-door='{evening.home(1)}']")).to_have_count(0)
    tablet.go_list()
    tablet.page.click(f"[data-door='{evening.home(1)}']")
    tablet.page.click(".screen > .notice-await + .row .btn-quiet")
    tablet.page.fill("#household-signed_at", "2026-03-02T10:30")
    tablet.fill_paper({evening.entry(1): "agree"}, 1)
    tablet.photograph()
    tablet.seal()
    tablet.signal(True)
    tablet.insist(made=5, waiting=0, delivered=5)
    assert {record.verdict.value for record in evening.records()} == {"accepted"}
    balanced(evening, tablet, 5)


def test_ones_own_home_cannot_be_recorded(evening: Evening, tablet: Tablet) -> None:
    with evening.database.transaction() as tx:
        tx.session.add(
            Membership(
                community_id=evening.at.community.id,
                household_id=evening.home(0),
                account_id=evening.at.staff.canvasser.id,
                joined_at=tx.now,
            )
        )
    tablet.module("store.js", "m.drop('meta', 'roll')")
    tablet.deliver()
    card = tablet.page.locator(f"[data-door='{evening.home(0)}']")
    tablet.go_list()
    expect(card).to_contain_text("您自己家")
    card.click()
    expect(tablet.page.locator(".notice-bad")).to_contain_text("这一户不能由您登记")
    assert not tablet.page.query_selector("#seal, .row .btn")


def test_what_was_typed_is_kept_before_the_camera_opens(evening: Evening, tablet: Tablet) -> None:
    """The tab is killed with the camera open: nothing typed is lost, and a serial need not be typed at all."""
    tablet.ready()
    tablet.page.evaluate(CAMERA)
    tablet.at_door(evening.home(0))
    tablet.outcome("answered")
    tablet.explain()
    tablet.page.click("[data-do='scan']")
    expect(tablet.page.locator("#household-serial")).to_have_value(printed(1))
    tablet.page.fill("#household-signer_name", "努尔兰·哈森")
    tablet.page.click("[data-do='photo']")
    tablet.page.wait_for_selector("dialog video")
    before = tablet.page.evaluate("globalThis.keptBefore")
    assert before["papers"]["household"]["signer_name"] == "努尔兰·哈森"
    assert before["papers"]["household"]["serial"] == printed(1)
    tablet.page.click("dialog .btn-main")
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    tablet.page.click("[data-do='photo']")
    tablet.page.wait_for_selector("dialog video")
    tablet.signal(False)
    tablet.again()
    tablet.at_door(evening.home(0))
    expect(tablet.page.locator("#household-signer_name")).to_have_value("努尔兰·哈森")
    expect(tablet.page.locator(".likeness")).to_have_count(1)


def test_the_cache_holds_the_shell_and_nothing_of_anybody(evening: Evening, tablet: Tablet) -> None:
    """No token, no name, no answer of the API: what the service worker keeps is the same for everybody."""
    tablet.ready()
    tablet.page.reload()
    tablet.page.wait_for_selector(".door-card")
    tablet.not_home(evening.home(0))
    tablet.counts(delivered=1)
    kept = tablet.page.evaluate("""async () => {
        const found = [];
        for (const name of await caches.keys()) {
          const cache = await caches.open(name);
          for (const request of await cache.keys()) {
            const answer = await cache.match(request);
            found.push([request.method, new URL(request.url).pathname, await answer.text()]);
          }
        }
        return found;
    }""")
    (device,) = [one for one in tablet.kept("meta") if isinstance(one, dict) and "token" in one]
    assert len(kept) > 40
    for method, path, text in kept:
        assert method == "GET"
        assert "/api/" not in path
        assert not any(secret in text for secret in (str(device["token"]), "测试户主", "测试入户")), path
        assert "csrf" not in text.lower()


def test_a_plan_is_read_in_the_language_of_the_resident_with_the_chinese_text_below(
    evening: Evening, tablet: Tablet
) -> None:
    with evening.database.transaction() as tx:
        tx.session.add(
            PlanTranslation(
                community_id=evening.at.community.id,
                plan_version_id=evening.at.plan.id,
                language="en",
                title="New doors for the stairs",
                body="Eight **warm** doors.",
                funding="Livelihood funds",
                schedule="20 days",
                entered_at=tx.now,
                entered_by_id=evening.at.staff.moderator.id,
            )
        )
    tablet.deliver()
    tablet.settled()
    tablet.at_door(evening.home(0))
    tablet.page.click("[data-do='show']")
    sheet = tablet.page.locator(".sheet-read")
    expect(sheet).to_contain_text("方案全文")
    expect(sheet).not_to_contain_text("New doors for the stairs")
    tablet.page.click("[data-language='en']")
    expect(sheet).to_contain_text("Eight warm doors.")
    expect(sheet).to_contain_text("以下面的中文原文为准")
    expect(sheet).to_contain_text("方案全文")
    tablet.shot("plan-translated")


@pytest.mark.parametrize(("way", "title"), [("records", "做过的"), ("tablet", "三号平板")])
def test_what_comes_late_never_covers_the_door_that_is_open(
    evening: Evening, tablet: Tablet, way: str, title: str
) -> None:
    """While much is delivered a page is drawn again and again; whoever has gone on sees the next one alone."""
    tablet.page.click(f"[data-way='{way}']")
    expect(tablet.page.locator("h1")).to_have_text(title)
    said = "m.tell('changed')"
    tablet.module("news.js", f"({said}, {said}, location.hash = given, {said})", f"#/door/{evening.home(0)}")
    tablet.page.wait_for_selector("#seal")
    tablet.page.wait_for_timeout(600)
    expect(tablet.page.locator("#seal")).to_be_visible()
    expect(tablet.page.locator("#app > .screen")).to_have_count(1)
