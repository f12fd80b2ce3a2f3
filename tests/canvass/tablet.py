"""A tablet in a test: a real Chromium page over the whole application, and the hands that hold it."""

import os
import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from deliberate.domain.serial import printed

expect.set_options(timeout=20_000)
PIN = "246810"
OFFLINE = r"net::ERR_|Failed to load resource|the server responded with a status of"
"""What a browser says aloud when there is no signal; the tablet's own line says it to the person."""


def picture(side: int = 1200, tone: str = "white") -> dict[str, str | bytes]:
    """A photograph of a paper, as a camera hands it over."""
    target = BytesIO()
    Image.new("RGB", (side, side * 4 // 3), tone).save(target, "JPEG")
    return {"name": "paper.jpg", "mimeType": "image/jpeg", "buffer": target.getvalue()}


def rough(side: int = 1400) -> dict[str, str | bytes]:
    """A photograph with so much in it that it goes in more than one chunk."""
    noise = Image.frombytes("L", (side // 2, side // 2), random.Random(7).randbytes((side // 2) ** 2))
    kept = BytesIO()
    noise.resize((side, side)).save(kept, "JPEG", quality=95)
    return {"name": "paper.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


SHIFT = """(by) => {
  const Real = globalThis.RealDate ?? (globalThis.RealDate = Date);
  globalThis.Date = class extends Real {
    constructor(...given) { super(...(given.length ? given : [Real.now() + by])); }
    static now() { return Real.now() + by; }
  };
}"""


SETTLED = """async () => {
  for (let calm = 0, times = 0; calm < 3 && times < 400; times += 1) {
    const { held } = await navigator.locks.query();
    calm = held.some((lock) => lock.name === "canvass-drain") ? 0 : calm + 1;
    await new Promise((later) => setTimeout(later, 30));
  }
}"""


CAMERA = """() => {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 1600, height: 1200 });
  const ink = canvas.getContext("2d");
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, 1600, 1200);
  const stream = canvas.captureStream(10);
  setInterval(() => ink.fillRect(0, 0, 1600, 1200), 50);
  navigator.mediaDevices.getUserMedia = async () => {
    const { all } = await import("/static/canvass/store.js");
    globalThis.keptBefore = (await all("drafts"))[0];
    return stream.clone();
  };
  globalThis.BarcodeDetector = class { async detect() { return [{ rawValue: "0000-001-5" }]; } };
}"""
"""A camera that sees a white sheet, and a reader that finds a serial on it."""

FULL = """([names, fault]) => {
  const put = IDBObjectStore.prototype.put;
  globalThis.fullStores = names;
  IDBObjectStore.prototype.put = function (...given) {
    if (globalThis.fullStores.includes(this.name)) throw new DOMException("full", fault);
    return put.apply(this, given);
  };
}"""
"""The store refuses what is put into the stores of these names, by that name of a fault."""


class Tablet:
    """One tablet and its person."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base

    @property
    def profile(self) -> BrowserContext:
        return self.page.context

    def shot(self, name: str, *, whole: bool = False) -> None:
        """Keep a picture when DELIBERATE_SHOTS names a folder."""
        if folder := os.environ.get("DELIBERATE_SHOTS"):
            self.page.screenshot(path=str(Path(folder) / f"tablet-{name}.png"), full_page=whole)

    def until(self, expression: str) -> None:
        """Wait for it inside the page, where no text may become code."""
        for _try in range(400):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(25)
        pytest.fail(f"never came: {expression}")

    def sure(self) -> None:
        """A finger that means it."""
        self.page.click("dialog [data-do='yes']")

    def open(self, fragment: str = "") -> None:
        self.page.goto(f"{self.base}/canvass/{fragment}")

    def enrol(self, code: str, name: str = "三号平板") -> None:
        """From the office's QR code to the list of doors, ready for a stairwell without a signal."""
        self.open(f"#enrol={code}")
        self.page.fill("#name", name)
        self.page.click("#enrol")
        self.choose_pin()
        self.page.wait_for_selector(".door-card")
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def choose_pin(self) -> None:
        self.page.fill("#pin", PIN)
        self.page.fill("#pin-again", PIN)
        self.page.click("#set-pin")

    def unlock(self, pin: str = PIN) -> None:
        self.page.fill("#unlock", pin)
        self.page.click("form .btn-main")

    def again(self) -> None:
        """Kill the page as a full tablet would, and come back."""
        profile = self.profile
        self.page.close()
        self.page = profile.new_page()
        self.open()
        self.unlock()
        self.page.wait_for_selector(".door-card")

    def ready(self) -> None:
        """The shell is here whole: from now on the page opens without a signal."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def deliver(self) -> None:
        """A finger on "deliver now"."""
        self.page.click("#deliver-now")

    def settled(self) -> None:
        """What was under way is done: nothing is sent, and nothing comes down."""
        self.page.evaluate(SETTLED)

    def insist(self, tries: int = 12, **wanted: int) -> None:
        """Deliver now, and again, until the honest line says so."""
        for _try in range(tries):
            self.deliver()
            self.page.wait_for_timeout(250)
            line = self.page.locator("#state")
            if all(line.get_attribute(f"data-{name}") == str(number) for name, number in wanted.items()):
                self.settled()
                return
        self.counts(**wanted)

    def module(self, name: str, expression: str, given: object = None) -> Any:
        """Inside the page, with one of its own modules as `m` and the argument as `given`."""
        source = f"(given) => import('{self.base}/static/canvass/{name}').then((m) => {expression})"
        return self.page.evaluate(source, given)

    def put_back(self, state: str = "waiting") -> None:
        """All records wait again, as if no reply had ever come."""
        self.module(
            "store.js",
            """m.deed(["records"], async (tx) => {
            for (const one of await tx.store.getAll()) await tx.store.put({ ...one, state: given });
        })""",
            state,
        )

    def shift_clock(self, days: float) -> None:
        """Somebody sets the tablet's clock; it locks, because nobody knows how long it lay about."""
        self.page.evaluate(SHIFT, days * 86_400_000)
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        self.unlock()
        self.page.wait_for_selector(".door-card")

    def signal(self, on: bool) -> None:
        self.profile.set_offline(not on)

    def go_list(self, which: str = "all") -> None:
        if not self.page.query_selector("#q"):
            self.page.click("#back, #list, [data-way='']")
        self.page.click(f"[data-filter='{which}']")

    def at_door(self, household_id: int) -> None:
        self.go_list()
        self.page.click(f"[data-door='{household_id}']")
        self.page.wait_for_selector("#seal")

    def outcome(self, outcome: str) -> None:
        self.page.check(f"#outcome-{outcome}")

    def explain(self) -> None:
        """Every plan is explained in person."""
        for number in range(self.page.locator("[data-do='told']").count()):
            self.page.locator("[data-do='told']").nth(number).click()

    def fill_paper(self, answers: dict[int, str], number: int, signer: str = "阿依古丽·买买提") -> None:
        """What stands on the signed paper."""
        for entry_id, answer in answers.items():
            self.page.check(f"#answer-{entry_id}-{answer}")
        self.page.fill("#household-serial", printed(number))
        self.page.fill("#household-signer_name", signer)
        self.page.check("#household-relation-head")

    def paper_at(self, household_id: int, answers: dict[int, str], number: int) -> None:
        """Their paper filled in at a door, not yet photographed."""
        self.at_door(household_id)
        self.outcome("answered")
        self.explain()
        self.fill_paper(answers, number)

    def photograph(self, tone: str = "white") -> None:
        before = self.page.locator(".likeness").count()
        self.page.set_input_files("#household-photo-file", picture(tone=tone))
        expect(self.page.locator(".likeness")).to_have_count(max(before, 1))

    def sign(self) -> None:
        """The resident signs on the screen."""
        self.page.click("[data-do='sign']")
        self.page.wait_for_selector("canvas.pad")
        self.page.wait_for_timeout(150)
        box = self.page.locator("canvas.pad").bounding_box()
        assert box
        for line in range(2):
            x, y = box["x"] + 100, box["y"] + 120 + 80 * line
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            for step in range(6):
                self.page.mouse.move(x + 60 * step, y + 30 * (step % 2))
            self.page.mouse.up()

    def signed(self) -> None:
        """Signed, and the tablet given back."""
        self.sign()
        self.page.click("dialog .btn-main")
        expect(self.page.locator(".likeness")).to_have_count(1)

    def seal(self) -> None:
        self.page.click("#seal")
        self.page.wait_for_selector(".saved")

    def not_home(self, household_id: int) -> None:
        self.at_door(household_id)
        self.outcome("not_home")
        self.seal()

    def answered(self, household_id: int, answers: dict[int, str], number: int) -> None:
        """One whole door, with its paper and photograph."""
        self.paper_at(household_id, answers, number)
        self.photograph(("white", "ivory", "beige", "linen", "snow")[number % 5])
        self.seal()

    def counts(self, **wanted: int) -> None:
        """The honest line says so; waits for it."""
        for name, number in wanted.items():
            expect(self.page.locator("#state")).to_have_attribute(f"data-{name}", str(number))

    def kept(self, store: str) -> list[dict[str, object]]:
        """Everything in one of the tablet's stores."""
        found: list[dict[str, object]] = self.page.evaluate(
            """(store) => new Promise((done, failed) => {
                 const opening = indexedDB.open("canvass");
                 opening.onerror = () => failed(opening.error);
                 opening.onsuccess = () => {
                   const db = opening.result;
                   const all = db.transaction(store).objectStore(store).getAll();
                   all.onsuccess = () => { db.close(); done(JSON.parse(JSON.stringify(all.result))); };
                 };
               })""",
            store,
        )
        return found


MakeTablet = Callable[..., Tablet]
