"""A sheet over the screen (the camera, a question) belongs to the page that asked for it, and is one."""

import json

import pytest
from playwright.sync_api import expect

from deliberate.domain.serial import printed
from tests.canvass.conftest import Evening
from tests.canvass.oracle import balanced
from tests.canvass.tablet import CAMERA, Tablet

pytestmark = pytest.mark.whole

SLOW_CAMERA = CAMERA.replace(
    "return stream.clone();",
    "await new Promise((later) => setTimeout(later, 1500));"
    " const given = stream.clone(); (globalThis.given ??= []).push(given); return given;",
)
OTHER_BYTES = """import("/static/canvass/store.js").then(async (store) => {
  const [one] = await store.all("records");
  const payload = one.payload.replace("agree", "disagree");
  await store.put("records", { ...one, payload, sha256: await m.sha256(payload), state: "waiting" });
})"""
STOPPED = "globalThis.given?.every((one) => one.getTracks().every((track) => track.readyState === 'ended'))"


def test_a_camera_never_opens_over_another_door(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.page.evaluate(SLOW_CAMERA)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.click("[data-do='photo']")
    tablet.page.click("#back")
    tablet.paper_at(evening.home(1), {evening.entry(1): "disagree"}, 2)
    tablet.until(STOPPED)
    tablet.page.wait_for_timeout(300)
    expect(tablet.page.locator("dialog")).to_have_count(0)
    expect(tablet.page.locator(".likeness")).to_have_count(0)
    tablet.page.click("[data-do='photo']")
    sheet = tablet.page.locator("dialog")
    expect(sheet).to_contain_text("102室")
    expect(sheet).to_contain_text(printed(2))
    tablet.page.evaluate("location.hash = '#/'")
    tablet.page.wait_for_selector(".door-card")
    expect(sheet).to_have_count(0)
    tablet.until(STOPPED)
    assert tablet.kept("draft_evidence") == []


def test_a_second_tap_photographs_no_other_paper(evening: Evening, tablet: Tablet) -> None:
    for place in (0, 1):
        tablet.paper_at(evening.home(place), {evening.entry(place): "agree"}, 1 + place)
        tablet.page.check("#household-later")
        tablet.seal()
        tablet.page.click("#list")
    tablet.signal(False)
    tablet.page.evaluate(SLOW_CAMERA)
    tablet.page.click("[data-way='records']")
    tablet.page.locator("text=补拍照片").nth(0).dblclick(delay=50)
    tablet.page.wait_for_selector("dialog video")
    tablet.page.wait_for_timeout(1000)
    expect(tablet.page.locator("dialog")).to_have_count(1)
    expect(tablet.page.locator("dialog")).to_contain_text(printed(2))
    tablet.page.click("dialog .btn-main")
    tablet.counts(made=3, needs=1)
    expect(tablet.page.locator("dialog")).to_have_count(0)
    brought = [
        json.loads(str(one["payload"])) for one in tablet.kept("records") if one["kind"] == "supplement"
    ]
    assert [one["serial"] for one in brought] == [printed(2)]
    tablet.signal(True)
    tablet.insist(made=3, delivered=2, needs=1)
    balanced(evening, tablet, 3)


def test_a_tablet_is_handed_on_by_one_who_means_it_and_with_a_signal(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.not_home(evening.home(0))
    tablet.counts(made=1, delivered=1)
    tablet.page.click("#list")
    tablet.page.click("[data-way='tablet']")
    tablet.signal(False)
    tablet.page.click("#hand-over")
    expect(tablet.page.locator("#news .notice-bad")).to_contain_text("现在没有信号，不能换人")
    tablet.signal(True)
    tablet.settled()
    for _time in range(2):
        tablet.page.locator("#hand-over").dblclick(delay=60)
        expect(tablet.page.locator("dialog")).to_contain_text("把这台平板交给另一个人")
        tablet.page.click("dialog [data-do='no']")
        expect(tablet.page.locator("dialog")).to_have_count(0)
        assert tablet.page.evaluate("localStorage.getItem('canvass.database')") is None
    tablet.page.click("#hand-over")
    tablet.sure()
    tablet.page.wait_for_selector("#code")
    assert tablet.page.evaluate("localStorage.getItem('canvass.database')")


def test_a_picture_that_cannot_be_encoded_is_told(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.page.evaluate(CAMERA)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.evaluate("() => { HTMLCanvasElement.prototype.toBlob = (done) => done(null); }")
    tablet.page.click("[data-do='photo']")
    tablet.page.wait_for_selector("dialog video")
    tablet.page.click("dialog .btn-main")
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("这一步没有保存")
    expect(tablet.page.locator("#seal")).to_be_enabled()


def test_a_message_stands_its_own_time(evening: Evening, tablet: Tablet) -> None:
    """The end of the one before does not take it away."""
    tablet.signal(False)
    tablet.page.click("[data-way='tablet']")
    tablet.page.wait_for_selector("#hand-over")
    tablet.not_home(evening.home(0))
    tablet.page.click("#list")
    tablet.page.click("[data-way='tablet']")
    tablet.page.clock.install()
    tablet.page.click("#hand-over")
    said = tablet.page.locator("#news .notice-good")
    expect(said).to_be_visible()
    tablet.page.clock.run_for(6000)
    tablet.page.click("#hand-over")
    tablet.page.clock.run_for(5000)
    expect(said).to_be_visible()
    tablet.page.clock.run_for(4000)
    expect(said).to_have_count(0)


def test_a_tablet_with_a_record_that_differs_at_the_office_is_handed_on(
    evening: Evening, tablet: Tablet
) -> None:
    """Both contents are there; this tablet can do no more about it, and the question says so."""
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.insist(made=1, delivered=1)
    tablet.module("hash.js", OTHER_BYTES)
    tablet.insist(made=1, waiting=0, delivered=0, needs=1)
    assert [record.verdict.value for record in evening.records()] == ["accepted", "mismatch"]
    tablet.page.click("#list")
    tablet.page.click("[data-way='tablet']")
    tablet.page.click("#hand-over")
    expect(tablet.page.locator("dialog")).to_contain_text("有 1 条记录和社区的内容不同")
    tablet.sure()
    tablet.page.wait_for_selector("#code")


def test_a_tablet_with_a_photograph_still_to_be_taken_is_not_handed_on(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.check("#household-later")
    tablet.seal()
    tablet.insist(made=1, needs=1)
    tablet.page.click("#list")
    tablet.page.click("[data-way='tablet']")
    tablet.page.click("#hand-over")
    expect(tablet.page.locator("#news")).to_contain_text("先传完，再换人")
    expect(tablet.page.locator("dialog")).to_have_count(0)
