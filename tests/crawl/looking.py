"""One page looked at as people meet it: at every width, by axe, for words of another language, with pictures."""

import base64
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import CDPSession, Page

from tests import pages
from tests.browser import Watch

WIDTHS = (320, 390, 820, 1366)
JUDGED = (320, 1366)
"""The widths at which axe judges: between them a page only wraps otherwise."""
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
RUN_AXE = f"axe.run({json.dumps(RULES)}).then((said) => said.violations)"
TELL_POLICY = """addEventListener('securitypolicyviolation', (said) =>
  console.error(`policy: ${said.violatedDirective} forbids ${said.blockedURI || said.sample}`), true)"""
TOO_WIDE = """() => {
  const root = document.documentElement
  const over = root.scrollWidth - root.clientWidth
  if (over <= 0) return null
  const scrolls = (one) => one && one !== document.body
    && (getComputedStyle(one).overflowX !== 'visible' || scrolls(one.parentElement))
  const beyond = [...document.body.querySelectorAll('*')].filter((one) => {
    const box = one.getBoundingClientRect()
    return (Math.max(box.right, box.left + one.scrollWidth) > root.clientWidth + 1 || box.left < -1)
      && box.width && !scrolls(one.parentElement)
  })
  const leaves = beyond.filter((one) => !beyond.some((other) => other !== one && one.contains(other)))
  return [over, leaves.slice(0, 3).map((one) => one.outerHTML.slice(0, 90)).join(' | ')]
}"""
UNSTICK = """(how) => document.querySelectorAll('.telephone').forEach((bar) =>
  bar.style.setProperty('position', how))"""
"""The telephone stays in sight as one scrolls; on a picture of the whole page it would stand in its middle, and to
axe it would hide whatever lies under the edge of the window, though one scrolls it free."""
HEIGHT, TALLEST, SCALE = 844, 2600, 0.4


@dataclass(frozen=True)
class Reader:
    """In whose language a page is to speak, in which view, and what people of its world typed."""

    language: str
    view: str
    typed: Collection[str]


class Window:
    """A page of the browser through which one address after the other is looked at."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_init_script(TELL_POLICY)
        self._watch = Watch(page)
        self._camera: CDPSession = page.context.new_cdp_session(page)

    def look(self, address: str, reader: Reader, shots: Path | None = None) -> list[str]:
        """Open the page and say what is wrong with it, in sentences; `shots` is where its pictures begin.

        It is fetched once: from width to width it is only made wider, as when a tablet is turned.
        """
        page, before = self.page, len(self._watch.complaints)
        page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        answer = page.goto(address)
        found = [] if answer and answer.status < 500 else [f"answered {answer and answer.status}"]
        found += list(_words(page, reader))
        page.evaluate(AXE_SCRIPT)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            found += [f"{fault} [{width}]" for fault in _at_this_width(page, width in JUDGED)]
            if shots:
                picture(page, self._camera, shots.with_name(f"{shots.name}-{width}.png"))
        return found + self._watch.complaints[before:]


def _words(page: Page, reader: Reader) -> Iterator[str]:
    spoken, view = _speaks(page)
    for _moment in range(30):  # the tablet's shell fetches its words when it has begun
        if spoken == reader.language:
            break
        page.wait_for_timeout(100)
        spoken, view = _speaks(page)
    if spoken != reader.language:
        yield f"speaks {spoken}"
    elif view and view != reader.view.partition("-")[0]:
        yield f"is in the {view} view"
    for word in dict.fromkeys(pages.foreign(page.content(), reader.language, reader.typed)):
        yield f"foreign: {word}"


def _speaks(page: Page) -> tuple[str, str]:
    spoken, view = page.evaluate(
        "[document.documentElement.lang, document.documentElement.dataset.view || '']"
    )
    return spoken, view


def _at_this_width(page: Page, judged: bool) -> Iterator[str]:
    wide = page.evaluate(TOO_WIDE)
    if wide:
        yield f"{wide[0]} px too wide: {wide[1]}"
    if not judged:
        return
    page.evaluate(UNSTICK, "static")
    found = page.evaluate(RUN_AXE)
    page.evaluate(UNSTICK, "")
    for one in found:
        where = [", ".join(map(str, node["target"])) for node in one["nodes"]]
        yield f"axe {one['id']}: {one['help']}: {where[:3]}"


def picture(page: Page, camera: CDPSession, path: Path) -> None:
    """The page from its top, small enough to lay many side by side."""
    page.evaluate(UNSTICK, "static")
    width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST), "scale": SCALE}
    wish = {"format": "png", "clip": clip, "captureBeyondViewport": True, "optimizeForSpeed": True}
    shot = camera.send("Page.captureScreenshot", wish)
    page.evaluate(UNSTICK, "")
    path.write_bytes(base64.b64decode(shot["data"]))
