"""A signature on the screen is kept as it was written, however the tablet is turned under the hand."""

import json
from io import BytesIO

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import expect

from tests.canvass.conftest import Evening
from tests.canvass.tablet import Tablet

WIDE, TALL = {"width": 1180, "height": 820}, {"width": 820, "height": 1180}

WHITE = """() => {
  const real = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = () => {};
  globalThis.drawsAgain = () => void (CanvasRenderingContext2D.prototype.drawImage = real);
}"""
"""A browser that is short of memory: nothing comes onto a sheet, and no fault is told."""

PIECE = """m.all("draft_evidence").then((all) => {
  const piece = all.find((one) => one.role.endsWith(given));
  return Array.from(new Uint8Array(piece.bytes));
})"""


def sheet_at(evening: Evening, tablet: Tablet) -> None:
    """The resident holds the tablet, wide, and is to sign."""
    tablet.signal(False)
    tablet.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.click("[data-do='sign']")
    tablet.page.wait_for_selector("canvas.pad")
    tablet.page.wait_for_timeout(150)


def write(tablet: Tablet, start: int, end: int, *, lift: bool = True) -> None:
    """A line across the pad from here to there."""
    box = tablet.page.locator("canvas.pad").bounding_box()
    assert box
    mouse = tablet.page.mouse
    mouse.move(box["x"] + start, box["y"] + 100)
    mouse.down()
    for step in range(1, 21):
        mouse.move(box["x"] + start + (end - start) * step // 20, box["y"] + 100 + 40 * (step % 2))
    if lift:
        mouse.up()


def turned(tablet: Tablet, size: dict[str, int]) -> None:
    tablet.page.set_viewport_size(size)  # type: ignore[arg-type]
    tablet.page.wait_for_timeout(300)


def ink(data: bytes) -> tuple[int, int, int, int]:
    """Where something is drawn: left, top, right, bottom."""
    drawn = Image.open(BytesIO(data)).convert("L")
    found = ImageChops.invert(drawn).point(lambda tone: 255 if tone > 64 else 0).getbbox()
    assert found, "a white sheet"
    return found


def shown(tablet: Tablet) -> tuple[int, int, int, int]:
    """Where something is drawn on the pad that is on the screen, without its frame."""
    box = tablet.page.locator("canvas.pad").bounding_box()
    assert box
    inside = {
        "x": box["x"] + 16,
        "y": box["y"] + 16,
        "width": box["width"] - 32,
        "height": box["height"] - 32,
    }
    return ink(tablet.page.screenshot(clip=inside))  # type: ignore[arg-type]


def done(tablet: Tablet) -> None:
    tablet.page.click("dialog .btn-main")
    expect(tablet.page.locator("dialog")).to_have_count(0)
    expect(tablet.page.locator(".likeness")).to_have_count(1)


def kept(tablet: Tablet) -> tuple[bytes, list[list[dict[str, float]]]]:
    """The picture, and the points of its strokes."""
    picture, strokes = (
        bytes(
            tablet.module(
                "store.js",
                PIECE,
                role,
            )
        )
        for role in (":signature", ":strokes")
    )
    return picture, [stroke["points"] for stroke in json.loads(strokes)]


@pytest.mark.parametrize("line", [(880, 1100), (480, 860)], ids=["beside", "across the edge"])
def test_a_signature_is_whole_when_the_tablet_was_turned_before_it_was_given_back(
    evening: Evening, tablet: Tablet, line: tuple[int, int]
) -> None:
    """It lies beside the sheet that the turned tablet has, or reaches over its edge."""
    sheet_at(evening, tablet)
    write(tablet, *line)
    turned(tablet, TALL)
    done(tablet)
    left, top, right, bottom = ink(kept(tablet)[0])
    assert right - left >= (line[1] - line[0]) * 0.9
    assert bottom - top >= 30
    tablet.seal()
    tablet.signal(True)
    tablet.insist(made=1, delivered=1)
    assert [record.verdict.value for record in evening.records()] == ["accepted"]


@pytest.mark.whole
def test_what_was_written_stays_on_the_turned_sheet_and_is_written_on(
    evening: Evening, tablet: Tablet
) -> None:
    """Wider than the turned sheet it is made smaller; turned back it is not made larger, and not moved."""
    sheet_at(evening, tablet)
    write(tablet, 100, 1000)
    turned(tablet, TALL)
    left, _top, right, _bottom = shown(tablet)
    assert right - left > 600
    write(tablet, 300, 500)
    turned(tablet, WIDE)
    after = shown(tablet)
    assert after[2] - after[0] == pytest.approx(right - left, abs=4)
    done(tablet)
    picture, strokes = kept(tablet)
    assert len(strokes) == 2
    assert ink(picture)[2] - ink(picture)[0] == pytest.approx(right - left, abs=40)


@pytest.mark.whole
def test_a_tablet_turned_in_the_middle_of_a_line_goes_on_writing(evening: Evening, tablet: Tablet) -> None:
    sheet_at(evening, tablet)
    write(tablet, 100, 700, lift=False)
    turned(tablet, TALL)
    tablet.page.mouse.up()
    write(tablet, 300, 500)
    done(tablet)
    strokes = kept(tablet)[1]
    assert len(strokes) == 2
    assert all(len(points) > 5 for points in strokes)


@pytest.mark.whole
def test_a_sheet_that_was_wiped_in_the_middle_of_a_line_is_written_on(
    evening: Evening, tablet: Tablet
) -> None:
    sheet_at(evening, tablet)
    write(tablet, 100, 700, lift=False)
    tablet.page.evaluate("document.querySelector('dialog .btn-quiet').click()")
    tablet.page.mouse.up()
    write(tablet, 300, 500)
    done(tablet)
    (points,) = kept(tablet)[1]
    assert min(point["x"] for point in points) > 200


@pytest.mark.whole
def test_a_white_picture_is_never_kept_as_a_signature(evening: Evening, tablet: Tablet) -> None:
    """The sheet says so while the resident is here, and what was written is still on it."""
    sheet_at(evening, tablet)
    write(tablet, 100, 700)
    tablet.page.evaluate(WHITE)
    tablet.page.click("dialog .btn-main")
    expect(tablet.page.locator("dialog .notice-bad")).to_contain_text("签名没有留下来")
    assert tablet.kept("draft_evidence") == []
    tablet.page.evaluate("drawsAgain()")
    done(tablet)
    assert ink(kept(tablet)[0])
