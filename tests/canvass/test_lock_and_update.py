"""The PIN that slows down and never wipes; the new version that waits for leave."""

from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from playwright.sync_api import expect
from werkzeug.wrappers import Response

from deliberate.web.offline import precache
from tests.canvass.conftest import Evening
from tests.canvass.faults import Road
from tests.canvass.tablet import SHIFT, MakeTablet, Tablet

UPDATE = """navigator.serviceWorker.getRegistration()
  .then((one) => one.update()).then((one) => new Promise((done) => {
    const coming = one.installing;
    if (!coming) return done("nothing came");
    coming.addEventListener("statechange", () => coming.state !== "installing" && done(coming.state));
  }), () => "failed")"""


@pytest.mark.whole
def test_wrong_pins_slow_down_and_wipe_nothing(evening: Evening, tablet: Tablet) -> None:
    tablet.ready()
    tablet.signal(False)
    tablet.not_home(evening.home(0))
    tablet.page.click("#list")
    tablet.page.click("[data-way='tablet']")
    tablet.page.click("#lock")
    expect(tablet.page.locator("#unlock")).to_be_visible()
    assert "测试户主" not in tablet.page.inner_text("body")
    for wrong in ("111111", "222222", "333333"):
        tablet.unlock(wrong)
        expect(tablet.page.locator("#unlock")).to_have_value("")
    expect(tablet.page.locator("#unlock")).to_be_disabled()
    tablet.page.reload()
    expect(tablet.page.locator("#unlock")).to_be_disabled()
    tablet.counts(made=1, waiting=1)
    tablet.signal(True)
    tablet.counts(made=1, waiting=0, delivered=1)
    tablet.page.click(".calm .btn-quiet")
    tablet.page.fill("#code", evening.code())
    tablet.page.click("#enrol")
    tablet.choose_pin()
    tablet.page.wait_for_selector(".door-card")
    tablet.not_home(evening.home(1))
    tablet.counts(made=2, waiting=0, delivered=2)
    assert [record.seq for record in evening.records()] == [1, 2]


def test_a_forgotten_pin_is_renewed_with_the_lock_judging_meanwhile_and_opens_no_door(
    evening: Evening, tablet: Tablet
) -> None:
    """However long the code takes to come; whoever leaves that page stands before the lock again."""
    judge = "document.dispatchEvent(new Event('visibilitychange'))"
    tablet.page.click("[data-way='tablet']")
    tablet.page.click("#lock")
    tablet.page.click(".calm .btn-quiet")
    tablet.page.wait_for_selector("#code")
    tablet.page.evaluate(judge)
    tablet.page.evaluate("location.hash = '#/'")
    expect(tablet.page.locator("#unlock")).to_be_visible()
    assert "测试户主" not in tablet.page.inner_text("body")
    tablet.page.click(".calm .btn-quiet")
    tablet.page.fill("#code", evening.code())
    tablet.page.evaluate(judge)
    tablet.page.wait_for_timeout(300)
    tablet.page.click("#enrol")
    tablet.page.fill("#pin", "975310")
    tablet.page.evaluate("sessionStorage.removeItem('canvass.touched')")
    tablet.page.evaluate(judge)
    tablet.page.wait_for_timeout(300)
    tablet.page.fill("#pin-again", "975310")
    tablet.page.click("#set-pin")
    tablet.page.wait_for_selector(".door-card")
    tablet.page.reload()
    tablet.page.wait_for_selector(".door-card")


@pytest.mark.whole
def test_five_minutes_without_a_touch_lock_it_with_the_draft_kept(evening: Evening, tablet: Tablet) -> None:
    tablet.at_door(evening.home(0))
    tablet.outcome("refused")
    tablet.page.fill("#note", "周末再来")
    tablet.page.evaluate("sessionStorage.setItem('canvass.touched', String(Date.now() - 301000))")
    expect(tablet.page.locator("#unlock")).to_be_visible(timeout=15_000)
    tablet.unlock()
    expect(tablet.page.locator("#note")).to_have_value("周末再来")
    assert tablet.page.is_checked("#outcome-refused")


@pytest.mark.whole
def test_a_new_version_waits_while_a_door_is_open_and_keeps_what_waits(
    evening: Evening, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet.ready()
    tablet.page.reload()
    tablet.page.wait_for_selector(".door-card")
    tablet.signal(False)
    tablet.not_home(evening.home(0))
    tablet.signal(True)
    tablet.counts(delivered=1)
    old = tablet.page.evaluate("document.documentElement.dataset.build")
    tablet.at_door(evening.home(1))
    tablet.outcome("not_home")
    monkeypatch.setattr(precache, "_build_of", lambda parts: "another-build")
    tablet.page.evaluate(
        "navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => true)"
    )
    expect(tablet.page.locator("#update")).to_be_visible()
    assert tablet.page.evaluate("document.documentElement.dataset.build") == old
    other = Tablet(tablet.profile.new_page(), tablet.base)
    other.open("#/tablet")
    other.unlock()
    other.page.click(".notice-await .btn")
    expect(other.page.locator("#news")).to_contain_text("有一户还开着")
    tablet.seal()
    tablet.counts(made=2, delivered=2)
    with tablet.page.expect_navigation():
        other.page.click(".notice-await .btn")
    tablet.page.wait_for_selector(".door-card")
    assert tablet.page.evaluate("document.documentElement.dataset.build") == "another-build"
    assert len(tablet.kept("records")) == 2
    assert tablet.page.evaluate("caches.keys()") == ["canvass-another-build"]


@pytest.mark.whole
def test_a_shell_that_cannot_be_had_whole_is_not_taken(
    tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet.ready()
    kept = tablet.page.evaluate("caches.keys()")
    monkeypatch.setattr(precache, "_build_of", lambda parts: "torn-build")
    monkeypatch.setattr(precache, "_integrity", lambda content: "sha256-" + "A" * 43 + "=")
    assert tablet.page.evaluate(UPDATE) == "redundant"
    assert tablet.page.evaluate("caches.keys()") == kept
    assert not tablet.page.query_selector("#update")


def torn(road: Road) -> Callable[[], None]:
    """One part cannot be had from now on; gives what mends it."""
    real = road.app

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith("/words.js"):
            return Response("busy", status=503)(environ, start_response)
        return real(environ, start_response)

    road.app = app
    return lambda: setattr(road, "app", real)


def test_a_version_that_comes_back_and_fails_leaves_the_one_in_use(
    tablet: Tablet, monkeypatch: pytest.MonkeyPatch, road: Road
) -> None:
    """A newer one waits; the server goes back to the version in use, and its parts break off on the way."""
    tablet.ready()
    kept = tablet.page.evaluate("caches.keys()")
    with monkeypatch.context() as newer:
        newer.setattr(precache, "_build_of", lambda parts: "newer-build")
        assert tablet.page.evaluate(UPDATE) == "installed"
    mend = torn(road)
    try:
        assert tablet.page.evaluate(UPDATE) == "redundant"
    finally:
        mend()
    assert sorted(tablet.page.evaluate("caches.keys()")) == sorted([*kept, "canvass-newer-build"])
    tablet.signal(False)
    tablet.page.reload()
    tablet.page.wait_for_selector(".door-card")


@pytest.mark.whole
def test_what_an_interrupted_version_left_is_cleared_up_and_a_cache_with_a_hole_is_filled(
    tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet.ready()
    tablet.page.reload()
    tablet.page.wait_for_selector(".door-card")
    monkeypatch.setattr(precache, "_build_of", lambda parts: "newer-build")
    tablet.page.evaluate(
        """Promise.all([caches.open("canvass-older-coming-1"), caches.open("canvass-newer-build")])"""
    )
    assert tablet.page.evaluate(UPDATE) == "installed"
    tablet.page.click("[data-way='tablet']")
    with tablet.page.expect_navigation():
        tablet.page.click(".notice-await .btn")
    tablet.page.wait_for_selector(".checks")
    assert tablet.page.evaluate("caches.keys()") == ["canvass-newer-build"]
    tablet.signal(False)
    tablet.page.reload()
    tablet.page.wait_for_selector(".checks")
    assert tablet.page.evaluate("document.documentElement.dataset.build") == "newer-build"


@pytest.mark.whole
def test_practice_records_nothing(evening: Evening, tablet: Tablet) -> None:
    tablet.page.click("[data-way='tablet']")
    tablet.page.click("#practise")
    expect(tablet.page.locator(".practice")).to_be_visible()
    tablet.not_home(1)
    tablet.page.click("#end-practice")
    tablet.counts(made=0, waiting=0, delivered=0)
    assert evening.records() == []
    assert tablet.kept("records") == []


@pytest.mark.whole
@pytest.mark.parametrize("back", ["3_540_000", "Date.now() - 60_000"], ids=["an hour", "to the first day"])
def test_a_clock_that_is_set_back_opens_no_lock(evening: Evening, tablet: Tablet, back: str) -> None:
    """It had locked itself an hour after the last touch; the settings need no PIN."""
    tablet.page.evaluate("sessionStorage.setItem('canvass.touched', String(Date.now() - 3_600_000))")
    expect(tablet.page.locator("#unlock")).to_be_visible(timeout=15_000)
    tablet.page.add_init_script(f"({SHIFT})(-({back}))")
    tablet.page.reload()
    expect(tablet.page.locator("#unlock")).to_be_visible()
    tablet.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    tablet.page.wait_for_timeout(300)
    expect(tablet.page.locator("#unlock")).to_be_visible()
    assert "测试户主" not in tablet.page.inner_text("body")
    tablet.unlock()
    tablet.page.wait_for_selector(".door-card")


def test_no_address_leads_past_the_lock(evening: Evening, tablet: Tablet) -> None:
    """That of a code shows the page for codes; one that only begins like it is the lock."""
    tablet.page.click("[data-way='tablet']")
    tablet.page.click("#lock")
    expect(tablet.page.locator("#unlock")).to_be_visible()
    for other in ("#/enrolx", "#/", f"#/door/{evening.home(0)}", "#/records"):
        tablet.page.goto("about:blank")
        tablet.open("#enrol=x")
        tablet.page.wait_for_selector("#code")
        tablet.open(other)
        expect(tablet.page.locator("#unlock")).to_be_visible()
        assert "测试户主" not in tablet.page.inner_text("body")


@pytest.mark.whole
def test_a_code_ends_practice_so_that_its_token_stays(evening: Evening, tablet: Tablet) -> None:
    """The memory of practice is thrown away; with the new token the old one has died."""
    tablet.page.click("[data-way='tablet']")
    tablet.page.click("#practise")
    expect(tablet.page.locator(".door-card")).to_have_count(6)
    tablet.page.evaluate("(code) => { location.hash = `#enrol=${code}`; }", evening.code())
    expect(tablet.page.locator("#news")).to_contain_text("练习结束了")
    expect(tablet.page.locator(".practice")).to_be_hidden()
    tablet.page.click("#enrol")
    tablet.choose_pin()
    tablet.page.wait_for_selector(".door-card")
    tablet.not_home(evening.home(0))
    tablet.insist(made=1, delivered=1)


@pytest.mark.whole
def test_a_new_tablet_says_by_itself_when_it_opens_without_a_signal(
    evening: Evening, tablet_at: MakeTablet
) -> None:
    """Nobody who reads the line before the code is told to wait for nothing."""
    new = tablet_at(evening.base)
    new.open("#/enrol")
    line = new.page.locator(".checks li", has_text="没有信号")
    expect(line).to_have_class("check-good")
    expect(new.page.locator(".checks")).to_have_count(1)
