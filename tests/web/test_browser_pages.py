"""The main pages of each job in a real browser: accessible, never wider than the device, silent console."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page

from deliberate.db import Database
from deliberate.models import Account
from tests.make import Clock
from tests.make_town import Town, town

WIDTHS = (320, 390, 820, 1366)
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
AXE = Axe()
PAGES = {
    "stranger": ["/c/{slug}/matters/6", "/c/{slug}/", "/account/letter", "/c/{slug}/rounds/1"],
    "resident": ["/c/{slug}/home/rounds/2", "/c/{slug}/home/", "/c/{slug}/home/propose"],
    "moderator": [
        "/c/{slug}/desk/",
        "/c/{slug}/desk/matters/6/discussion",
        "/c/{slug}/desk/rounds/1",
        "/c/{slug}/desk/counting",
    ],
    "canvasser": ["/c/{slug}/doors/10", "/c/{slug}/doors/"],
    "scrutineer": ["/c/{slug}/scrutiny/"],
    "registrar": ["/c/{slug}/roll/", "/c/{slug}/roll/certify/1"],
}


@pytest.fixture
def small_town(database: Database, app: Flask, clock: Clock) -> Town:
    return town(database, clock, app.extensions["deliberate.config"].code_key)


def _signed_in(app: Flask, page: Page, base: str, account: Account | None) -> None:
    """The cookie of a session, as signing in gives it."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    if account is not None:
        kept = signer.dumps({"_user_id": f"{account.id}.{account.epoch}", "_fresh": True})
        page.context.add_cookies([{"name": "session", "value": kept, "url": base}])


def _faults(page: Page, address: str) -> Iterator[str]:
    """What a person with a screen reader, or with a narrow screen, would stumble over."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        wider = page.evaluate("document.documentElement.scrollWidth") - width
        if wider > 0:
            yield f"{address} at {width}: {wider} px too wide"
    for found in AXE.run(page, options=RULES).response["violations"]:
        where = [", ".join(map(str, node["target"])) for node in found["nodes"]]
        yield f"{address}: {found['id']} – {found['help']}: {where[:3]}"


@pytest.mark.parametrize(
    ("locale", "view", "pages"),
    [
        ("zh-CN", "normal", 1),
        pytest.param("zh-CN", "normal", None, marks=pytest.mark.whole),
        pytest.param("zh-CN", "elder", None, marks=pytest.mark.whole),
        pytest.param("en-US", "elder", None, marks=pytest.mark.whole),
    ],
)
def test_main_pages_are_accessible(
    app: Flask,
    small_town: Town,
    page: Callable[..., Page],
    live_server: Callable[..., str],
    locale: str,
    view: str,
    pages: int | None,
) -> None:
    """The first page of each job in every run, all of them in a whole one."""
    base, found = live_server(app), []
    for person, addresses in PAGES.items():
        opened = page(1366, 844, locale)
        opened.context.add_cookies([{"name": "view", "value": view, "url": base}])
        _signed_in(app, opened, base, small_town.people[person])
        for address in addresses[:pages]:
            answer = opened.goto(base + address.format(slug=small_town.slug))
            assert answer is not None
            assert answer.ok, f"{person}: {address} {answer.status}"
            found += [f"{person} {fault}" for fault in _faults(opened, address)]
    assert not found, "\n".join(found)
