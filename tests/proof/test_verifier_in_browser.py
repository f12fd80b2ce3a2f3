"""verify.html in a real browser, offline: it finds what verify.py finds, check by check."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from deliberate.verifier import verify
from tests.proof.tampering import CLASSES, NotHere, sums, worlds
from tests.proof.world import World, anchored

HTML = Path(verify.__file__).with_name("verify.html")
RUN = """async ({files, anchored, receipts}) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const map = new Map(Object.entries(files).map(([name, text]) => [name, async () => bytes(text)]));
  const verifier = new Verifier(new Files(map), anchored.map((t) => ["heads", bytes(t)]),
                                receipts.map((t) => ["receipt", bytes(t)]));
  await verifier.run();
  return verifier.results.map((r) => [r.check, r.ok, r.key]);
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(offline=True, locale="zh-CN")
    page = context.new_page()
    page.goto(HTML.as_uri())
    yield page
    context.close()


@pytest.fixture(scope="module")
def rounds() -> list[World]:
    return worlds(4, 24)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def both(
    page: Page, files: dict[str, bytes], kept: bytes, receipts: list[bytes]
) -> tuple[list[Any], list[Any]]:
    """What each verifier says."""
    verifier = verify.Verifier(
        verify.Memory(files), [("heads", kept)], [("receipt", one) for one in receipts]
    )
    verifier.run()
    asked = {
        "files": {name: text(data) for name, data in files.items()},
        "anchored": [text(kept)],
        "receipts": [text(one) for one in receipts],
    }
    return [[r["check"], r["ok"], r["key"]] for r in verifier.results], page.evaluate(RUN, asked)


def test_both_have_the_same_sentences(page: Page) -> None:
    said = page.evaluate("TEXTS")
    assert said == {key: list(pair) for key, pair in verify.TEXTS.items()}
    uyghur = page.evaluate("UYGHUR")
    assert {key for key in uyghur if not key.startswith("#")} == set(verify.TEXTS)
    for key, (chinese, _english) in verify.TEXTS.items():
        assert sorted(re.findall(r"\{\w+\}", uyghur[key])) == sorted(re.findall(r"\{\w+\}", chinese)), key


def test_true_rounds_pass_in_both(page: Page, rounds: list[World]) -> None:
    for n, world in enumerate(rounds):
        kept = anchored(world.heads(), world.key, short=n % 2 == 0)
        ours, theirs = both(page, world.files(), kept, [world.receipt(world.consents()[3])])
        assert theirs == ours
        assert not [row for row in ours if row[1] is False]


def test_every_alteration_is_found_alike(page: Page, rounds: list[World]) -> None:
    for name, alter in CLASSES.items():
        for seed in range(20):
            rng = Random(f"browser {name} {seed}")
            world = rng.choice(rounds)
            try:
                altered = alter(world, rng)
            except NotHere:
                continue
            kept = anchored(world.heads(), world.key, short=rng.random() < 0.5)
            ours, theirs = both(page, altered.files, kept, [world.receipt(e) for e in altered.touched])
            assert theirs == ours, name
            assert any(row[1] is False for row in theirs), name
            break


def test_ed25519_of_its_own_agrees(page: Page, rounds: list[World]) -> None:
    page.evaluate("window.ownEd25519Only = true")
    try:
        for name in ("a signature broken", "every head signed by another key"):
            world = rounds[0]
            altered = CLASSES[name](world, Random(1))
            kept = anchored(world.heads(), world.key, short=False)
            ours, theirs = both(page, altered.files, kept, [])
            assert theirs == ours
        ours, theirs = both(
            page, rounds[1].files(), anchored(rounds[1].heads(), rounds[1].key, short=False), []
        )
        assert theirs == ours
        assert not [row for row in theirs if row[1] is False]
    finally:
        page.evaluate("window.ownEd25519Only = false")


def test_what_is_malformed_fails_and_never_breaks(page: Page, rounds: list[World]) -> None:
    files = rounds[0].files()
    for name in ("bulletin.json", "tree.txt", "roll.jsonl", "events.jsonl", "sheet.json", "audit.json"):
        for rubbish in (b"", b"\xff\xfe", b"[]", b'{"a":', b"null\n"):
            _, theirs = both(page, sums({**files, name: rubbish}), b"1 x", [b"{}"])
            assert any(row[1] is False for row in theirs), (name, rubbish)


def test_a_person_picks_a_folder_or_a_zip(page: Page, rounds: list[World], tmp_path: Path) -> None:
    import zipfile

    world, folder = rounds[0], tmp_path / "bulletin"
    for name, data in world.files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in world.files().items():
            packed.writestr(f"bulletin-7.1/{name}", data)
    (tmp_path / "kept.txt").write_bytes(anchored(world.heads(), world.key, short=True))
    page.reload()
    page.set_input_files("#anchored", tmp_path / "kept.txt")
    for field, path in (("#folder", folder), ("#zip", tmp_path / "b.zip")):
        page.set_input_files(field, path)
        page.click("#go")
        page.wait_for_selector("#end.pass")
        assert page.locator("#results li.fail").count() == 0
        assert "全部核对通过" in page.inner_text("#end")
    page.click("#tongue")
    assert "in order" in page.inner_text("#end")
    page.click("#tongue")
    assert "ھەممىسى سېلىشتۇرۇلۇپ ئۆتتى" in page.inner_text("#end")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    page.screenshot(path=str(tmp_path / "verify.png"), full_page=True)
    assert json.loads(page.evaluate("JSON.stringify([...document.querySelectorAll('li')].length)")) >= 17
