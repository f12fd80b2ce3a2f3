"""What a page of a resident weighs on the line, and how soon it is of use on a slow one."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from deliberate.db import Database
from deliberate.web import assets, security
from tests.app import SignIn
from tests.make import Clock
from tests.make_town import Town, town

MOST = 60 * 1024
FILE = re.compile(r'(?:<link rel="(?:stylesheet|icon)" href|<script[^>]* src|<img[^>]* src)="([^"]+)"')
OF_RESIDENTS = (
    "/c/{slug}/",
    "/c/{slug}/matters/1",
    "/c/{slug}/rounds/1",
    "/c/{slug}/rounds/1/rooms",
    "/c/{slug}/notices",
    "/c/{slug}/figures",
    "/c/{slug}/words",
    "/c/{slug}/home/",
    "/c/{slug}/home/rounds/1",
    "/c/{slug}/home/rounds/1?answer=1",
    "/c/{slug}/home/check",
    "/c/{slug}/home/propose",
    "/account/letter",
)
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""400 kbit/s each way, 400 ms there and back."""
USABLE_MS = 3000


@pytest.fixture
def small_town(database: Database, app: Flask, clock: Clock) -> Town:
    return town(database, clock, app.extensions["deliberate.config"].code_key)


def _sent(client: FlaskClient, address: str) -> tuple[int, str]:
    """Bytes on the line for one address, and what they unpack to."""
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, address
    plain = client.get(address).text if "text" in answer.mimetype or "svg" in answer.mimetype else ""
    return len(answer.data), plain


def _weigh(client: FlaskClient, address: str) -> int:
    html, text = _sent(client, address)
    return html + sum(_sent(client, file.replace("&amp;", "&"))[0] for file in set(FILE.findall(text)))


@pytest.mark.parametrize("view", ["normal", "elder-30"])
def test_no_page_of_a_resident_weighs_more_than_60_kb(
    app: Flask, small_town: Town, signed_in: SignIn, view: str
) -> None:
    client = signed_in(small_town.resident)
    client.set_cookie("view", view)
    weights = {each: _weigh(client, each.format(slug=small_town.slug)) for each in OF_RESIDENTS}
    assert {each: weight for each, weight in weights.items() if weight > MOST} == {}
    assert min(weights.values()) > 5_000


def test_static_text_is_compressed_and_kept_for_ever_at_its_own_address(
    client: FlaskClient, small_town: Town
) -> None:
    page = client.get(f"/c/{small_town.slug}/").text
    address = re.findall(r'href="(/static/css/site\.css\?v=[0-9a-f]{12})"', page)[0]
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    plain = client.get(address)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert len(packed.data) < len(plain.data) / 3
    assert "immutable" in packed.headers["Cache-Control"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.headers["ETag"] != plain.headers["ETag"]
    again = client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304
    for stale in ("/static/css/site.css", "/static/css/site.css?v=000000000000"):
        assert "immutable" not in client.get(stale).headers["Cache-Control"]


@pytest.mark.parametrize("name", ["css/none.css", "css/../../app.py.css", "../app.py", "css", "css/site.png"])
def test_no_other_file_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("name", ["css//doors.css", "css/./doors.css", "vendor/../css/doors.css"])
def test_a_file_has_one_name_and_is_kept_once(client: FlaskClient, name: str) -> None:
    """Whatever is kept by the name that was asked for could be made to fill the memory."""
    assert client.get("/static/css/doors.css").status_code == 200
    files = assets._load.cache_info().currsize, assets._paths.cache_info().currsize
    assert client.get(f"/static/{name}").status_code == 404
    assert (assets._load.cache_info().currsize, assets._paths.cache_info().currsize) == files


def test_what_any_cache_may_keep_is_nobodys(
    signed_in: SignIn, small_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cookie with a file, however old the session's is; and a page that only says there is none names its reader."""
    client = signed_in(small_town.resident)
    monkeypatch.setattr(security, "RENEWED_AFTER", -1)
    sheet, page = client.get("/static/css/doors.css"), client.get(f"/c/{small_town.slug}/")
    assert "public" in sheet.headers["Cache-Control"]
    assert "Set-Cookie" not in sheet.headers
    assert "Set-Cookie" in page.headers
    none = client.get("/static/css/none.css")
    assert (none.status_code, none.headers["Cache-Control"]) == (404, "no-store")


def test_pages_are_compressed_for_who_takes_it_and_their_sizes_say_nothing(
    client: FlaskClient, small_town: Town
) -> None:
    address = f"/c/{small_town.slug}/"
    plain = client.get(address)
    packed = [client.get(address, headers={"Accept-Encoding": "gzip"}) for _ in range(12)]
    assert "Content-Encoding" not in plain.headers
    assert all(one.headers["Content-Encoding"] == "gzip" for one in packed)
    assert len({len(one.data) for one in packed}) > 3
    refused = client.get(address, headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "Content-Encoding" not in refused.headers


def _on_a_slow_line(page: Page) -> Any:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.emulateNetworkConditions", SLOW_3G)
    return session


@pytest.mark.browser
@pytest.mark.whole
@pytest.mark.parametrize(
    "address", ["/c/{slug}/", "/c/{slug}/matters/1", "/account/letter", "/c/{slug}/rounds/1"]
)
def test_a_page_is_of_use_within_three_seconds_on_a_slow_line(
    app: Flask,
    small_town: Town,
    page: Callable[..., Page],
    live_server: Callable[..., str],
    address: str,
) -> None:
    opened = page(390, 844)
    _on_a_slow_line(opened)
    opened.goto(live_server(app) + address.format(slug=small_town.slug), wait_until="load")
    opened.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
    usable = opened.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    painted = opened.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert max(usable, painted) < USABLE_MS
