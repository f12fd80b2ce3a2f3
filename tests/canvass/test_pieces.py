"""Photographs and signatures: as they are kept, and whatever may happen to them on their way."""

import hashlib
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect
from werkzeug.wrappers import Request, Response

from deliberate.domain.serial import printed
from tests.canvass import faults
from tests.canvass.conftest import Evening
from tests.canvass.faults import Pass, Road
from tests.canvass.oracle import balanced
from tests.canvass.tablet import Tablet, picture, rough
from tests.canvass.test_replies import spoilt

pytestmark = pytest.mark.whole


def with_rough(evening: Evening, tablet: Tablet) -> int:
    """A door whose photograph has several chunks; gives its size."""
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.set_input_files("#household-photo-file", rough())
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    tablet.seal()
    (form,) = json.loads(str(tablet.kept("records")[0]["payload"]))["forms"]
    size: int = form["evidence"][0]["size"]
    assert size > 256 * 1024, "one chunk would prove nothing"
    return size


@pytest.mark.parametrize("way", [faults.broken, faults.broken_after, faults.cut_after, faults.portal])
def test_a_photograph_interrupted_at_each_chunk_goes_on_where_it_stopped(
    evening: Evening, tablet: Tablet, road: Road, way: Callable[[Pass], Response]
) -> None:
    """Each chunk fails once, each in its turn; nothing is begun anew that is safe already."""
    failed: set[str] = set()
    sent: list[int] = []

    def once(request: Request, through: Pass) -> Response | None:
        if request.method != "PUT":
            return None
        offset = request.headers["Upload-Offset"]
        if offset not in failed:
            failed.add(offset)
            return way(through)
        sent.append(int(offset))
        return None

    road.faults.append(once)
    with_rough(evening, tablet)
    tablet.insist(20, made=1, waiting=0, delivered=1)
    assert len(failed) >= 2
    assert len(sent) == len(set(sent))
    balanced(evening, tablet, 1)


def test_a_photograph_spoilt_on_its_way_is_thrown_away_and_sent_anew(
    evening: Evening, tablet: Tablet, road: Road
) -> None:
    left = [1]

    def spoils(request: Request, through: Pass) -> Response | None:
        if request.method == "PUT" and left[0]:
            left[0] = 0
            spoilt(request, lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:])
        return None

    road.faults.append(spoils)
    with_rough(evening, tablet)
    tablet.insist(made=1, waiting=0, delivered=1)
    assert sum(one.startswith("PUT") for one in road.asked) >= 4
    balanced(evening, tablet, 1)


def test_a_photograph_spoilt_on_the_tablet_is_never_called_delivered(
    evening: Evening, tablet: Tablet
) -> None:
    """The record is there, waits for its photograph, and a person is asked."""
    tablet.signal(False)
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.module(
        "store.js",
        """m.deed(["evidence"], async (tx) => {
             const [one] = await tx.store.getAll();
             await tx.store.put({ ...one, bytes: new ArrayBuffer(one.size) });
           })""",
    )
    tablet.signal(True)
    tablet.insist(made=1, waiting=0, delivered=0, needs=1)
    assert [record.verdict.value for record in evening.records()] == ["pending_evidence"]
    balanced(evening, tablet, 1)


def test_a_photograph_that_follows_is_asked_for_until_it_is_there(evening: Evening, tablet: Tablet) -> None:
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.check("#household-later")
    tablet.seal()
    tablet.counts(made=1, waiting=0, delivered=0, needs=1)
    tablet.page.click("[data-way='records']")
    tablet.page.set_input_files("#photo-1", picture())
    tablet.counts(made=2, waiting=0, delivered=2, needs=0)
    balanced(evening, tablet, 2)


def sideways() -> dict[str, str | bytes]:
    """A photograph held the other way, that knows where it was taken."""
    tags = Image.Exif()
    tags[0x0112] = 6
    tags[0x010F] = "Telephone of Somebody"
    tags.get_ifd(0x8825)[1] = "N"
    kept = BytesIO()
    made = Image.new("RGB", (2600, 1300), "white")
    made.paste("red", (0, 0, 1300, 1300))
    made.save(kept, "JPEG", exif=tags)
    return {"name": "paper.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


BYTES = """async () => {
  const all = await import("/static/canvass/store.js").then((m) => m.all("evidence"));
  return all.map(({ role, sha256, bytes }) => ({ role, sha256, bytes: [...new Uint8Array(bytes)] }));
}"""


def evidence(tablet: Tablet) -> dict[str, tuple[dict[str, Any], bytes]]:
    """What is kept on the tablet, by its role."""
    found = {one["role"]: (one, bytes(one["bytes"])) for one in tablet.page.evaluate(BYTES)}
    assert all(hashlib.sha256(data).hexdigest() == one["sha256"] for one, data in found.values())
    return found


def test_a_photograph_is_kept_upright_small_and_without_what_it_knew(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.set_input_files("#household-photo-file", sideways())
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    tablet.seal()
    _one, data = evidence(tablet)["photo"]
    kept = Image.open(BytesIO(data))
    assert kept.format == "JPEG"
    assert kept.size == (1000, 2000)
    red, _green, blue = kept.convert("RGB").getpixel((500, 300))  # type: ignore[misc]
    assert red > 200 > 100 > blue, "what was left in the sideways picture is at the top now"
    assert not kept.getexif()
    assert b"Exif" not in data
    assert b"Telephone" not in data
    assert len(data) <= 300 * 1024


def test_a_live_signature_keeps_its_strokes_and_dies_with_another_answer(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.signed()
    tablet.page.check(f"#answer-{evening.entry(0)}-disagree")
    expect(tablet.page.locator(".likeness")).to_have_count(0)
    expect(tablet.page.locator("#news")).to_contain_text("重新签名")
    tablet.page.click("#seal")
    expect(tablet.page.locator(".fault")).to_contain_text("请拍下意见表，或者请住户在屏幕上签名")
    tablet.signed()
    tablet.signal(False)
    tablet.seal()
    kept = evidence(tablet)
    assert set(kept) == {"signature", "strokes"}
    assert Image.open(BytesIO(kept["signature"][1])).format == "PNG"
    strokes = json.loads(kept["strokes"][1])
    assert len(strokes) == 2
    assert all({"x", "y", "time"} <= set(point) for stroke in strokes for point in stroke["points"])
    tablet.signal(True)
    tablet.insist(made=1, waiting=0, delivered=1)
    (form,) = json.loads(evening.records()[0].payload)["forms"]
    assert (form["serial"], form["said"][0]["answer"]) == (printed(1), "disagree")
    balanced(evening, tablet, 1)
