"""Somebody without a pointer: Tab, arrows, Enter and letters; every stop must be seen, and come in reading order.

Counts what a job costs: keys struck, characters typed, and the taps that a finger would need for the same.
"""

from dataclasses import dataclass, field
from time import monotonic
from typing import Self

from playwright.sync_api import FilePayload, Page

MOST_STOPS = 160
STOP = """() => {
  const one = document.activeElement
  const last = window.lastStop
  window.lastStop = one
  const about = [one, one.closest('label'), ...(one.labels || []), one.parentElement, one.nextElementSibling]
  const ringed = (each) => {
    if (!each) return false
    const style = getComputedStyle(each)
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none'
  }
  const box = (one.closest('label') || one).getBoundingClientRect()
  const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]].map(([x, y]) =>
    document.elementFromPoint(box.left + box.width * x, box.top + box.height * y))
  return {
    what: one.outerHTML.slice(0, 100),
    nowhere: one === document.body,
    backwards: Boolean(last && last.isConnected
      && last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING),
    unmarked: !about.some(ringed),
    hidden: !points.some((hit) => hit && about.slice(0, 3).some((each) => each && each.contains(hit))),
  }
}"""
THINK, TAP, LETTER = 1.35, 1.1, 0.5
"""Seconds of a slow hand on a phone: to find the next thing, to tap it, to type a letter (keystroke-level model)."""


@dataclass
class Cost:
    """What one job took."""

    job: str
    taps: int = 0
    keys: int = 0
    letters: int = 0
    pages: int = 1
    began: float = field(default_factory=monotonic)
    seconds: float = 0.0

    @property
    def by_hand(self) -> float:
        """Seconds that a person would need at the least, reading apart."""
        return self.taps * (THINK + TAP) + self.letters * LETTER

    def line(self) -> str:
        return (
            f"{self.job:28}{self.taps:5}{self.keys:6}{self.letters:9}{self.pages:7}"
            f"{self.by_hand:9.0f}{self.seconds:9.1f}"
        )


HEAD = f"{'job':28}{'taps':>5}{'keys':>6}{'letters':>9}{'pages':>7}{'by hand':>9}{'machine':>9}"


class Keyboard:
    """One page, one pair of hands."""

    def __init__(self, page: Page, job: str) -> None:
        self.page = page
        # heard from the beginning: asked for only when the key is struck, the window may open unheard
        page.on("filechooser", lambda _chooser: None)
        self.cost = Cost(job)
        self.faults: list[str] = []

    def reach(self, target: str) -> Self:
        """Tab until this has the focus; on the way every stop is judged."""
        at_once = "(target) => document.activeElement.matches(target)"
        for _stop in range(MOST_STOPS):
            if self.page.evaluate(at_once, target):
                return self
            self._strike("Tab")
            self._judge()
        raise AssertionError(f"{self.cost.job}: no key leads to {target} on {self.page.url}")

    def write(self, target: str, text: str) -> Self:
        """A field, and what is typed into it."""
        self.reach(target).page.keyboard.type(text)
        self.cost.letters += len(text)
        self.cost.taps += 1
        return self

    def pick(self, name: str, value: str) -> Self:
        """One of several, by arrow keys."""
        group = f"[name='{name}']"
        self.reach(group)
        self.cost.taps += 1
        if self.page.evaluate("document.activeElement.matches('select')"):
            self.page.keyboard.press("Home")
        for _step in range(30):
            if self.page.evaluate("[document.activeElement.value, document.activeElement.checked]") in (
                [value, True],
                [value, None],
            ):
                return self
            only = self.page.evaluate("(v) => document.activeElement.value === v", value)
            self._strike("Space" if only else "ArrowDown")
        raise AssertionError(f"{self.cost.job}: no key picks {value} of {name}")

    def hand_over(self, target: str, picture: FilePayload) -> Self:
        """A photograph, chosen in the window that Enter opens."""
        self.reach(target)
        with self.page.expect_file_chooser() as chooser:
            self._strike("Enter")
        chooser.value.set_files(picture)
        self.cost.taps += 2
        return self

    def go(self, target: str) -> Self:
        """A link or a button, and the page behind it."""
        self.reach(target)
        with self.page.expect_navigation() as after:
            self._strike("Enter")
        assert after.value.ok, f"{self.cost.job}: {target} gave {after.value}: {self._refusal()}"
        self.cost.taps += 1
        self.cost.pages += 1
        return self

    def done(self) -> Cost:
        """The job is over: nothing was wrong on the way."""
        self.cost.seconds = monotonic() - self.cost.began
        assert not self.faults, "\n".join(dict.fromkeys(self.faults))
        return self.cost

    def _strike(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.cost.keys += 1

    def _refusal(self) -> str:
        return self.page.locator("main").inner_text()[:400]

    def _judge(self) -> None:
        stop = self.page.evaluate(STOP)
        if stop["nowhere"]:
            return
        for fault in ("backwards", "unmarked", "hidden"):
            if stop[fault]:
                self.faults.append(f"{self.cost.job}: {fault}: {stop['what']} ({self.page.url})")
