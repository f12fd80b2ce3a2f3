"""What every test of the pages gets."""

import pytest

from deliberate import pdf


@pytest.fixture(autouse=True)
def _no_page_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sweeps over all pages asks for many sheets as PDF; each takes seconds, and is tried elsewhere."""
    monkeypatch.setattr(pdf, "set_page", lambda _page, _pictures: b"%PDF-1.7 nothing was set")
