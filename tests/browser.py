"""A real Chromium, and pages that fail their test when the browser complains.

A complaint is an error on the console (a breach of the content security policy is one), an uncaught exception
of a script, or a file that did not load. A refusal that the person is shown (a page with status 4xx) is none,
nor is the icon that a browser looks for by itself.
"""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator, Sequence

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Our guard cannot see another process's sockets: here no name and no address but loopback leads anywhere.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]


class Watch:
    """Keeps what the browser complains about on one page; `allow` are patterns of expected complaints."""

    def __init__(self, page: Page, allow: Sequence[str] = ()) -> None:
        self._allow = [re.compile(pattern) for pattern in allow]
        self._complaints: list[str] = []
        self._refused_pages: set[str] = set()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self._complaints.append(f"uncaught: {error}"))
        page.on("response", self._answered)

    @property
    def complaints(self) -> list[str]:
        return [said for said in self._complaints if not any(p.search(said) for p in self._allow)]

    def _heard(self, message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        shown_refusal = "Failed to load resource" in message.text and address in self._refused_pages
        unasked = address.endswith("/favicon.ico")
        if message.type == "error" and not (shown_refusal or unasked):
            self._complaints.append(f"{message.text} ({address})")

    def _answered(self, response: Response) -> None:
        if 400 <= response.status < 500 and response.request.is_navigation_request():
            self._refused_pages.add(response.url)


def program() -> str:
    """Chromium as it is installed here; without one the test is skipped."""
    found = next((found for name in NAMES if (found := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no Chromium is installed ({', '.join(NAMES)})")
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this test process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, live_server: object) -> Iterator[Callable[..., Page]]:
    """`page(width=390, height=844, locale="zh-CN", javascript=True, allow=())`: a page in a fresh profile.

    Further keywords go to the browser's context. Closing checks every page that the test opened, while what served
    it still answers: else the last icon that a page asks for is reset.
    """
    watches: list[Watch] = []
    with contextlib.ExitStack() as contexts:

        def open_page(
            width: int = 390,
            height: int = 844,
            locale: str = "zh-CN",
            javascript: bool = True,
            allow: Sequence[str] = (),
            **context: object,
        ) -> Page:
            profile = chromium.new_context(
                viewport={"width": width, "height": height},
                locale=locale,
                timezone_id="Asia/Shanghai",
                java_script_enabled=javascript,
                has_touch=width < 1000,
                **context,  # type: ignore[arg-type]
            )
            contexts.callback(profile.close)
            profile.set_default_timeout(15_000)
            opened = profile.new_page()
            watches.append(Watch(opened, allow))
            return opened

        yield open_page
    complaints = [said for watch in watches for said in watch.complaints]
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)
