"""A sample of the crawl, one page for each job; and that the crawl sees what is wrong. All of it: `make crawl`."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from playwright.sync_api import Browser

from tests.crawl.contact_sheet import lay_out, table
from tests.crawl.looking import WIDTHS, Reader, Window
from tests.crawl.lots import Lot, Seen, addresses_of, cut, forget_faults, told, visit
from tests.server import served
from tests.web.places import Places, open_places

SAMPLE = [
    ("stranger", "zh-Hans", "normal", "public.matter"),
    ("letter_holder", "ug", "elder", "resident.round"),
    ("resident", "en", "normal", "resident.propose"),
    ("moderator", "ug", "normal", "moderator.round_forms"),
    ("canvasser", "zh-Hans", "normal", "canvasser.door"),
    ("scrutineer", "en", "elder", "scrutineer.home"),
    ("registrar", "ug", "normal", "registrar.home"),
]
BAD = """<!doctype html><html lang="en" dir="ltr"><head><title>Bad</title><meta name="viewport"
content="width=device-width"></head><body><main><h1>Bad 坏</h1><img src="data:,"><div>{}</div>
<script>alert(1)</script></main></body></html>""".format("0" * 200)
TRIED = ("public.", "resident.home", "moderator.desk", "registrar.home")
"""Pages that stand for all where the question is who can open them."""
WRONG = ("foreign: 坏", "px too wide", "axe image-alt", "policy: script-src")


@pytest.fixture(scope="module")
def places(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    yield from open_places(empty_store, tmp_path_factory.mktemp("crawl"))


@pytest.mark.whole
def test_one_page_of_each_job_is_right(places: Places, chromium: Browser, tmp_path: Path) -> None:
    rules = {rule.endpoint: rule for rule in places.rules()}
    seen: list[Seen] = []
    with served(places.app) as base:
        for person, language, view, endpoint in SAMPLE:
            lot = Lot(person, language, view, (places.url(rules[endpoint], places.here.values),))
            seen += visit(places, base, chromium, lot, tmp_path)
    assert not any(one.faults for one in seen), table(seen)
    assert told(tmp_path) == sorted(seen, key=lambda one: f"{one.person}.{one.language}.{one.view}.jsonl")
    assert len(lay_out(seen, tmp_path)) == len(SAMPLE)
    assert len(list(tmp_path.glob("shots/*/*.png"))) == len(SAMPLE) * len(WIDTHS)


def bad_page(_environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """One of everything that the crawl is there to find."""
    start(
        "200 OK",
        [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", "script-src 'none'")],
    )
    return [BAD.encode()]


def test_the_crawl_sees_what_is_wrong(chromium: Browser, live_server: Callable[..., str]) -> None:
    with chromium.new_context() as context:
        found = Window(context.new_page()).look(live_server(bad_page), Reader("en", "normal", ()))
    for wrong in WRONG:
        assert any(wrong in fault for fault in found), (wrong, found)


@pytest.mark.whole
def test_it_visits_what_each_person_can_open(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    some = [rule for rule in places.rules() if rule.endpoint.startswith(TRIED)]
    monkeypatch.setattr(places, "rules", lambda: some)
    people = {one.name: one for one in reversed(places.people)}
    found = addresses_of(places, people["stranger"])
    base = f"/c/{places.here.slug}"
    assert {f"{base}/", f"{base}/matters/{places.here.matters['open']}", f"{base}/nowhere"} <= found.keys()
    assert not any("/desk/" in address for address in found)
    assert any("/desk/" in address for address in addresses_of(places, people["moderator"]))


def test_it_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    lots = list(cut("resident", "ug", "elder", [f"/{n}" for n in range(40)]))
    assert [address for lot in lots for address in lot.addresses] == [f"/{n}" for n in range(40)]
    (tmp_path / "seen").mkdir()
    good, bad = Seen("a", "en", "elder", "/1"), Seen("a", "en", "elder", "/2", "", ["wrong"])
    lines = [one.line() for one in (good, bad)]
    (tmp_path / "seen" / "a.jsonl").write_text("".join(lines) + '{"person": "cut o')
    assert told(tmp_path) == [good, bad]
    forget_faults(tmp_path)
    assert told(tmp_path) == [good]
