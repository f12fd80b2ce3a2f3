"""The client's own copies of rules that the server holds too: the same numbers, the same names, the same words."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from deliberate.domain import serial
from deliberate.domain.roll_text import search_key
from deliberate.domain.round import Relation, VisitOutcome
from deliberate.web.offline.texts import MODULES
from tests.browser import Watch
from tests.canvass.faults import Road
from tests.server import served

TYPED = ["0004-571-6", "00045716", "0004 571 6", "00045711", "0004571", "abc", "", "99999999", " 0004-571-6 "]
NAMES = [
    "阿依古丽·买买提", "阿依古丽•买买提", "阿依古丽・买买提", "阿依古丽.买买提", "阿依古丽。买买提", "阿依古丽 买买提",
    "古丽娜尔·阿不都热合曼", "阿依古丽\u2027买买提", "J. Smith", "张\u200b建国", "ＡＢＣ", "努尔兰˙哈森",
]  # fmt: skip


MOVING = """(canvas) => {
  const ink = Object.assign(canvas, { width: 1600, height: 1200 }).getContext("2d");
  const grain = crypto.getRandomValues(new Uint8Array(65_536));
  const paint = (tone) => {
    const shot = ink.createImageData(1600, 1200);
    for (let at = 0; at < shot.data.length; at += 4) {
      for (let part = 0; part < 3; part += 1) {
        shot.data[at + part] = part === tone ? 255 : grain[(at * 7 + part) % 65_521];
      }
      shot.data[at + 3] = 255;
    }
    ink.putImageData(shot, 0, 0);
  };
  paint(0);
  const real = HTMLCanvasElement.prototype.toBlob;
  let tries = 0;
  HTMLCanvasElement.prototype.toBlob = function (...given) {
    if ((tries += 1) === 1) paint(2);
    real.apply(this, given);
  };
  const video = Object.assign(canvas, { videoWidth: 1600, videoHeight: 1200 });
  return { video, tries: () => tries, mend: () => (HTMLCanvasElement.prototype.toBlob = real) };
}"""
"""A camera whose picture is red at the tap and blue before the first try at encoding it is done."""

KEPT = f"""(async () => {{
  const moving = ({MOVING})(document.createElement("canvas"));
  const piece = await m.photograph(moving.video).finally(moving.mend);
  const shot = await createImageBitmap(new Blob([piece.bytes], {{ type: piece.mime }}));
  const canvas = Object.assign(document.createElement("canvas"), {{ width: 1, height: 1 }});
  const ink = canvas.getContext("2d");
  ink.drawImage(shot, 0, 0, 1, 1);
  const [red, , blue] = ink.getImageData(0, 0, 1, 1).data;
  return [moving.tries() > 1, red > blue];
}})()"""


@pytest.fixture(scope="module")
def run(served_app: Flask, chromium: Browser) -> Iterator[Callable[[str, str, object], object]]:
    """`run(module, expression, argument)`: inside a browser, with the module as `m`; one page for all tests."""
    with served(Road(served_app.wsgi_app)) as base, chromium.new_context(locale="zh-CN") as profile:
        tab = profile.new_page()
        watch = Watch(tab)
        tab.goto(f"{base}/favicon.ico")

        def evaluate(module: str, expression: str, argument: object) -> object:
            source = f"(given) => import('{base}/static/canvass/{module}').then((m) => {expression})"
            return tab.evaluate(source, argument)

        yield evaluate
    assert not watch.complaints


def test_serials_are_read_and_printed_as_on_the_server(run: Callable[[str, str, object], object]) -> None:
    numbers = [0, 1, 7, 457, 4571, 99_999, 1_234_567, serial.LARGEST]
    assert run("serial.js", "given.map(m.printed)", numbers) == [serial.printed(n) for n in numbers]
    typed = [*TYPED, *(serial.printed(n) for n in numbers)]
    assert run("serial.js", "given.map(m.read)", typed) == [serial.read(one) for one in typed]


def test_every_wrong_digit_is_found(run: Callable[[str, str, object], object]) -> None:
    right = serial.printed(4571)
    wrong = [
        right[:n] + digit + right[n + 1 :]
        for n in range(len(right))
        for digit in "0123456789"
        if right[n] not in "-" + digit
    ]
    assert len(wrong) == 72
    assert run("serial.js", "given.map(m.read).filter((one) => one !== null)", wrong) == []


def test_names_are_searched_in_every_spelling_of_the_dot(run: Callable[[str, str, object], object]) -> None:
    assert run("names.js", "given.map(m.searchKey)", NAMES) == [search_key(name) for name in NAMES]


def test_rooms_and_addresses_are_found(run: Callable[[str, str, object], object]) -> None:
    door = {"building": "3", "unit": "2", "room": "501", "name": "阿依古丽·买买提", "name_key": ""}
    found = [
        "501",
        "5",
        "3-2-501",
        "2-501",
        "3号楼2单元501室",
        "古丽",
        "买买提",
        "阿依古丽.买",
        "阿依古丽 买买提",
    ]
    lost = ["502", "4-2-501", "3-1-501", "1-501", "张", "13-2-501"]
    typed = [[door, one] for one in found + lost]
    assert run("names.js", "given.map(([door, typed]) => m.matches(door, typed))", typed) == [True] * len(
        found
    ) + [False] * len(lost)


def test_quiet_times_pass_midnight_and_have_reasons(run: Callable[[str, str, object], object]) -> None:
    quiet = {
        "daily": [{"from": "22:00", "until": "09:30"}],
        "spans": [{"from": "2026-02-16T16:00:00Z", "until": "2026-02-19T16:00:00Z", "reason": "春节"}],
        "zone": "Asia/Shanghai",
    }
    times = [
        "2026-03-02T13:59:00Z",
        "2026-03-02T14:00:00Z",
        "2026-03-02T01:29:00Z",
        "2026-03-02T01:30:00Z",
        "2026-02-17T04:00:00Z",
    ]
    told = run(
        "doors.js",
        "given.times.map((at) => Boolean(m.quietNow(given.quiet, new Date(at))))",
        {"quiet": quiet, "times": times},
    )
    assert told == [False, True, True, False, True]


def test_time_goes_on_while_the_tablet_sleeps(run: Callable[[str, str, object], object]) -> None:
    """The counter stands still then; a clock that is ahead, or is put back, makes it no later and no earlier."""
    told = run(
        "times.js",
        """(() => {
          const [wall, counter] = [Date.now, performance.now.bind(performance)];
          const [begun, stood] = [wall(), counter()];
          let [passed, set] = [0, 0];
          Date.now = () => begun + given.ahead + passed + set;
          performance.now = () => stood;
          try {
            m.heard(new Date(begun).toISOString());
            const known = () => Math.round((m.trueNow() - begun) / 60_000);
            const told = [known()];
            passed = 45 * 60_000;
            told.push(known());
            set = -2 * given.ahead;
            told.push(known());
            return told;
          } finally {
            Date.now = wall;
            delete performance.now;
          }
        })()""",
        {"ahead": 3 * 86_400_000},
    )
    assert told == [0, 45, 0]


def test_filters_show_what_each_is_for(run: Callable[[str, str, object], object]) -> None:
    def door(number: int, **more: object) -> dict[str, object]:
        asked = [
            {"entry_id": number, "round_id": 1, "electorate": "household", "answered": False, "own": False}
        ]
        known = {"household_id": number, "order": number, "own": False, "unwelcome": None}
        return {**known, "matters": asked, "visits": [], "wishes": [], **more}

    def visit(outcome: str, at: str, back: str | None = None) -> dict[str, object]:
        return {"visits": [{"outcome": outcome, "at_door": at, "come_back_at": back}]}

    noon, evening = "2026-03-02T04:00:00Z", "2026-03-02T11:00:00Z"
    wish = {"wish": "visit", "language": "", "by_woman": False, "question": "", "appointed_at": None}
    answered = {"matters": [{"entry_id": 9, "round_id": 1, "electorate": "household", "answered": True}]}
    doors = [
        door(1),
        door(2, **visit("not_home", noon)),
        door(3, **visit("not_home", evening)),
        door(4, **visit("come_back", noon, evening)),
        door(5, **visit("come_back", noon, noon)),
        door(6, wishes=[{**wish, "evening": True}]),
        door(7, wishes=[{**wish, "evening": False, "appointed_at": evening}]),
        door(8, unwelcome="asked_not_to"),
        door(9, **answered),
    ]
    told = run(
        "doors.js",
        """["todo", "back", "evening", "all"].map((which) =>
             m.listed({ doors: given, records: [], drafts: new Set(), place: null }, which, "")
               .map((one) => one.household_id))""",
        doors,
    )
    assert told == [[1, 2, 3, 4, 5, 6, 7], [4, 5, 7], [2, 4, 6, 7], [1, 2, 3, 4, 5, 6, 7, 8, 9]]


def test_the_picture_that_is_kept_is_the_one_at_the_tap(run: Callable[[str, str, object], object]) -> None:
    """However often it has to be encoded before it is small enough, and whatever the camera sees meanwhile."""
    assert run("evidence.js", KEPT, None) == [True, True]


def test_outcomes_and_relations_are_those_of_the_rules(run: Callable[[str, str, object], object]) -> None:
    assert set(run("vocabulary.js", "m.OUTCOMES", None)) == {one.value for one in VisitOutcome}  # type: ignore[call-overload]
    assert set(run("vocabulary.js", "m.relations().map(([value]) => value)", None)) == {
        one.value for one in Relation
    }  # type: ignore[call-overload]
    words = run("vocabulary.js", "m.OUTCOMES.map(m.outcomeWord)", None)
    assert all(isinstance(word, str) and word for word in words)  # type: ignore[attr-defined]


def test_every_text_is_a_literal_that_the_catalogue_can_know() -> None:
    for path in sorted(Path(MODULES).glob("*.js")):
        source = re.sub(r"^\s*//.*$", "", path.read_text("utf-8"), flags=re.M)
        escaped = re.findall(r"(?<![\w.$])tn?\((?!\s*\")[^)]{0,40}", source)
        declared = [one for one in escaped if one.startswith(("t(sentence", "tn(sentence"))]
        assert escaped == declared, (path.name, escaped)


def test_the_manifest_starts_where_the_worker_reaches() -> None:
    told = json.loads((MODULES / "manifest.json").read_text("utf-8"))
    assert told["start_url"] == told["scope"] == "/canvass/"
    assert all((MODULES.parent.parent / icon["src"].removeprefix("/")).is_file() for icon in told["icons"])


def test_nothing_is_kept_of_a_camera_that_shows_nothing(run: Callable[[str, str, object], object]) -> None:
    tried = "m.photograph(document.createElement('video')).then(() => 'kept', (fault) => fault.message)"
    assert run("evidence.js", tried, None) == "the camera shows nothing"
