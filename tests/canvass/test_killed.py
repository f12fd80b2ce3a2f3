"""Killed: the tab while typing, sealing and sending; its process; the whole browser. Nothing lost, nothing doubled."""

import os
import signal
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from werkzeug.wrappers import Response

from tests.browser import ARGUMENTS, program
from tests.canvass.conftest import Evening
from tests.canvass.faults import Pass, Road, only
from tests.canvass.oracle import balanced
from tests.canvass.tablet import Tablet


@pytest.mark.whole
def test_a_tab_killed_while_typing_loses_nothing(evening: Evening, tablet: Tablet) -> None:
    tablet.ready()
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "disagree"}, 3)
    tablet.photograph()
    tablet.page.fill("#note", "晚上七点以后在家")
    tablet.again()
    tablet.shot("draft")
    tablet.at_door(evening.home(0))
    assert tablet.page.is_checked(f"#answer-{evening.entry(0)}-disagree")
    assert tablet.page.input_value("#note") == "晚上七点以后在家"
    assert tablet.page.input_value("#household-signer_name") == "阿依古丽·买买提"
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    tablet.seal()
    tablet.signal(True)
    tablet.counts(made=1, waiting=0, delivered=1)
    balanced(evening, tablet, 1)


HOLD = """([store, deed]) => {
  const before = IDBObjectStore.prototype[deed];
  IDBObjectStore.prototype[deed] = function (...given) {
    const request = before.apply(this, given);
    if (this.name === store && this.transaction.objectStoreNames.contains("evidence")) {
      const again = () => { globalThis.held = true; this.get("nothing").onsuccess = again; };
      again();
    }
    return request;
  };
}"""
"""Keeps a sealing transaction open for ever at one of its steps."""
HELD = """async () => {
  while (!globalThis.held) await new Promise((later) => setTimeout(later, 20));
}"""
STEPS = [("meta", "get"), ("evidence", "put"), ("records", "add"), ("meta", "put"), ("drafts", "delete")]


@pytest.mark.whole
def test_a_tab_killed_at_each_step_of_sealing_has_sealed_nothing_and_lost_nothing(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.ready()
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.photograph()
    for step in STEPS:
        tablet.page.evaluate(HOLD, list(step))
        tablet.page.click("#seal")
        tablet.page.evaluate(HELD)
        tablet.again()
        assert tablet.kept("records") == tablet.kept("evidence") == [], step
        assert len(tablet.kept("drafts")) == len(tablet.kept("draft_evidence")) == 1, step
        tablet.at_door(evening.home(0))
    tablet.seal()
    tablet.signal(True)
    tablet.counts(made=1, waiting=0, delivered=1)
    assert tablet.kept("drafts") == tablet.kept("draft_evidence") == []
    balanced(evening, tablet, 1)


class Hanging:
    """A reply that does not come: the server did its work, or did not, and is silent."""

    def __init__(self, *, after: bool) -> None:
        self.after = after
        self.asked, self.over = threading.Event(), threading.Event()

    def __call__(self, through: Pass) -> Response:
        answer = through() if self.after else Response("", status=503)
        self.asked.set()
        self.over.wait(30)
        return answer


@pytest.mark.whole
@pytest.mark.parametrize("after", [True, False])
def test_a_tab_killed_in_the_middle_of_sending_delivers_once(
    evening: Evening, tablet: Tablet, road: Road, after: bool
) -> None:
    tablet.not_home(evening.home(0))
    tablet.counts(made=1, delivered=1)
    silence = Hanging(after=after)
    road.faults.append(only("sync", 1, silence))
    tablet.not_home(evening.home(1))
    assert silence.asked.wait(15)
    tablet.again()
    silence.over.set()
    tablet.insist(made=2, waiting=0, delivered=2)
    balanced(evening, tablet, 2)


@pytest.mark.whole
def test_a_tab_killed_in_the_middle_of_a_photograph_goes_on(
    evening: Evening, tablet: Tablet, road: Road
) -> None:
    silence = Hanging(after=False)
    road.faults.append(only("evidence/", 2, silence))
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    assert silence.asked.wait(15)
    tablet.again()
    silence.over.set()
    tablet.insist(made=1, waiting=0, delivered=1)
    balanced(evening, tablet, 1)


BURST = """(async () => {
  const visit = { outcome: "not_home", at_door: new Date().toISOString(), at_door_mono_ms: 1, come_back_at: null,
    note: "" };
  const place = { estate: "", building: "1", unit: "", room: "1" };
  const sealed = [];
  for (let n = 0; n < given.length; n += 1) {
    const [household_id, crew_id] = given[n];
    const summary = { outcome: "not_home", at_door: null, come_back_at: null, entries: [], serials: [] };
    const record = { kind: "door", household_id, declared: [], summary, place };
    sealed.push(m.seal(record, { mode: "door", household_id, crew_id, visit, forms: [] }));
  }
  await Promise.all(sealed.slice(0, 3));
})()"""
"""Doors sealed as fast as they go; waits for the first three alone."""


def processes(browser: Browser, kind: str) -> list[int]:
    """The browser's own processes of one kind."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return [one["id"] for one in told if one["type"] == kind]


@pytest.mark.whole
def test_a_renderer_that_dies_leaves_whole_records_without_a_gap(evening: Evening, tablet: Tablet) -> None:
    """Killed in the middle of a burst of sealing: what is there is a prefix, each with its number."""
    browser = tablet.profile.browser
    assert browser
    tablet.ready()
    tablet.signal(False)
    doors = [[evening.home(place), evening.at.crew.id] for place in range(24)] * 5
    tablet.module("seal.js", BURST, doors)
    with tablet.page.expect_event("crash"):
        for process in processes(browser, "renderer"):
            os.kill(process, signal.SIGKILL)
    tablet.again()
    made = len(tablet.kept("records"))
    tablet.signal(True)
    tablet.insist(made=made, waiting=0, delivered=made)
    balanced(evening, tablet, made)
    assert 0 < made < len(doors), "it was killed neither before nor after all of it"


@pytest.mark.whole
def test_the_whole_browser_killed_right_after_saved_starts_cold_without_a_signal(
    evening: Evening, road: Road, chromium: Browser, stage: object, tmp_path: Path
) -> None:
    def started() -> Tablet:
        profile = chromium.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path=program(),
            args=ARGUMENTS,
            viewport={"width": 820, "height": 1180},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        profile.set_default_timeout(15_000)
        return Tablet(profile.pages[0], evening.base)

    tablet = started()
    tablet.enrol(evening.code(), "四号平板")
    tablet.signal(False)
    for place in range(3):
        tablet.not_home(evening.home(place))
    for process in Path("/proc").glob("[0-9]*"):
        line = process.joinpath("cmdline").read_bytes().split(b"\0")
        if f"--user-data-dir={tmp_path / 'profile'}".encode() in line and b"--type=" not in b" ".join(line):
            os.kill(int(process.name), signal.SIGKILL)
    (tmp_path / "profile" / "SingletonLock").unlink(missing_ok=True)
    tablet = started()
    tablet.signal(False)
    tablet.open()
    tablet.unlock()
    expect(tablet.page.locator(".door-card").first).to_be_visible()
    tablet.counts(made=3, waiting=3, delivered=0)
    tablet.signal(True)
    tablet.insist(made=3, waiting=0, delivered=3)
    balanced(evening, tablet, 3)
    tablet.profile.close()
