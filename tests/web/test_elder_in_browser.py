"""The elder view in a real browser: targets of 60 px, text as large as was chosen, nothing too wide, a voice."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from deliberate.db import Database
from tests.make import Clock
from tests.make_town import Town, town

TOO_SMALL = """() => [...document.querySelectorAll(
  'button, .btn, summary, select, textarea, input:not([type=hidden]), .ways-in a, .ways a, .telephone a')]
  .filter((one) => one.checkVisibility())
  .map((one) => [one, (one.matches('[type=radio], [type=checkbox]') && one.closest('label')) || one])
  .map(([one, target]) => [one.outerHTML.slice(0, 90), Math.round(target.getBoundingClientRect().height)])
  .filter(([, height]) => height < 60)"""
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def small_town(database: Database, app: Flask, clock: Clock) -> Town:
    return town(database, clock, app.extensions["deliberate.config"].code_key)


@pytest.mark.browser
@pytest.mark.whole
def test_the_answer_journey_at_every_size_on_the_narrowest_phone(
    app: Flask, small_town: Town, page: Callable[..., Page], live_server: Callable[..., str]
) -> None:
    base = live_server(app)
    for size in (18, 22, 26, 30):
        opened = page(320, 640, javascript=True)
        opened.context.add_cookies([{"name": "view", "value": f"elder-{size}", "url": base}])
        opened.goto(f"{base}/account/letter")
        opened.fill("main input[name=code]", small_town.letter_code)
        _sound(opened, size)
        opened.click("main button[type=submit]")
        _sound(opened, size)
        for tapped in (
            "main .panel-await a.btn",
            "main .panel-await a.btn-main",
            "main form button.btn-main",
        ):
            if tapped.startswith("main form"):
                opened.check("main input[value=agree]")
            opened.click(tapped)
            _sound(opened, size)
        assert opened.locator(".said-back").is_visible()
        for address in ("", "matters/1", "rounds/1", "figures", "words", "notices", "home/check"):
            opened.goto(f"{base}/c/{small_town.slug}/{address}")
            _sound(opened, size)


def _sound(page: Page, size: int) -> None:
    assert page.evaluate(TOO_SMALL) == [], page.url
    assert page.evaluate(OVER) <= 0, page.url
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == size


VOICE = """Object.defineProperty(window, 'speechSynthesis', {value: {
  getVoices: () => [{lang: 'LANG', name: 'v'}], addEventListener: () => {}, cancel: () => { window.said = []; },
  speak: (one) => { (window.said = window.said ?? []).push(one.text); }}});
window.SpeechSynthesisUtterance = function (text) { this.text = text; this.addEventListener = () => {}; };"""


@pytest.mark.browser
@pytest.mark.whole
@pytest.mark.parametrize(
    ("lang", "javascript", "shown"), [("zh_CN", True, True), ("fr-FR", True, False), ("zh-CN", False, False)]
)
def test_the_browsers_voice_is_offered_only_where_there_is_one(
    app: Flask,
    small_town: Town,
    page: Callable[..., Page],
    live_server: Callable[..., str],
    lang: str,
    javascript: bool,
    shown: bool,
) -> None:
    opened = page(390, 844, javascript=javascript)
    if javascript:
        opened.add_init_script(VOICE.replace("LANG", lang))
    opened.goto(f"{live_server(app)}/c/{small_town.slug}/matters/{small_town.at.proposal.number}")
    button = opened.locator("[data-speak] button")
    assert button.is_visible() is shown
    if shown:
        button.click()
        said = "".join(opened.evaluate("window.said"))
        plan = opened.locator("#plan-text").inner_text()
        assert "".join(said.split()) in "".join(plan.split())
        assert said
        assert button.get_attribute("aria-pressed") == "true"
        button.click()
        assert button.get_attribute("aria-pressed") == "false"
        assert opened.evaluate("window.said") == []
