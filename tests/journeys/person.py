"""Somebody at their own device: opens pages, fills in, presses; every page they see is checked as they go.

Words are said in Chinese and read in the person's language, so that one story is told in every language.
Set DELIBERATE_SHOTS to a folder to keep a picture of each page.
"""

import os
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Self

from playwright.sync_api import Locator, Page

from deliberate.web import languages
from tests import pages

LOCALES = {"zh": "zh_Hans", "en": "en"}
PASSWORD = "a long password of the tests"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_number = count(1)


class Person:
    """Their browser, their language, and what they can do with it."""

    def __init__(self, page: Page, base: str, language: str, name: str) -> None:
        self.page = page
        self.base = base
        self.language = language
        self.name = name

    def say(self, chinese: str, **values: object) -> str:
        """The words as this person reads them."""
        return languages.catalogue(LOCALES[self.language]).gettext(chinese) % (values or {})

    def open(self, path: str) -> Self:
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        return self.looks_right()

    def sign_in(self, user_name: str) -> Self:
        self.open("/account/sign-in")
        self.fill("用户名或手机号", user_name)
        self.fill("密码", PASSWORD)
        return self.press("登录")

    def fill(self, label: str, text: str) -> Self:
        self.main.get_by_label(self.say(label)).first.fill(text)
        return self

    def fill_in(self, **fields: str) -> Self:
        """By the names of fields, where labels are long."""
        for name, text in fields.items():
            self.main.locator(f"[name={name}]:not([type=hidden])").first.fill(text)
        return self

    def choose(self, name: str, value: str) -> Self:
        """One of several, as a finger would: on its words."""
        self.main.locator(f"label:has(input[name='{name}'][value='{value}'])").first.click()
        return self

    def press(self, words: str, *, within: str = "main", refused: bool = False) -> Self:
        """A button by its words, and the page after it."""
        button = self.page.locator(within).get_by_role("button", name=self.say(words), exact=True).first
        with self.page.expect_navigation() as after:
            button.click()
        said_no = after.value.status >= 400
        assert said_no == refused, f"“{words}” gave {after.value.status} to {self.name}:\n{self.text()}"
        return self.looks_right()

    def follow(self, words: str) -> Self:
        """A link by its words."""
        with self.page.expect_navigation():
            self.main.get_by_role("link", name=self.say(words)).first.click()
        return self.looks_right()

    def sees(self, words: str, **values: object) -> Self:
        text = self.say(words, **values)
        assert text in self.text(), f"{self.name} does not see “{text}” on {self.page.url}:\n{self.text()}"
        return self

    def does_not_see(self, words: str) -> Self:
        assert self.say(words) not in self.text(), f"{self.name} sees “{words}” on {self.page.url}"
        return self

    def text(self) -> str:
        """What can be read, without the marks that hold numbers together."""
        return re.sub(r"[\u2066-\u2069]", "", self.main.inner_text())

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def looks_right(self) -> Self:
        """No fault in the page, and nothing wider than the device."""
        found = pages.faults(self.page.content())
        assert not found, f"{self.page.url}: {found}"
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{self.page.url} scrolls sideways by {wide} px for {self.name}"
        self.picture()
        return self

    def picture(self) -> None:
        folder = os.environ.get("DELIBERATE_SHOTS")
        if folder:
            place = re.sub(r"\W+", "-", self.page.url.removeprefix(self.base)).strip("-")[:60]
            name = f"{self.language}-{next(_number):03d}-{self.name}-{place}.png"
            self.page.screenshot(path=Path(folder) / name, full_page=True)


Meet = Callable[..., Person]
"""`meet("moderator", 1366)`: somebody at a device of that width."""
