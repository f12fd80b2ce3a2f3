"""What every test of the pages gets."""

from collections.abc import Iterator
from functools import cache, partial

import pytest
import segno

from deliberate import pdf

DRAWN = cache(partial(segno.make, mask=0))
"""The best of eight patterns is looked for at length; sheets of a hundred codes are asked for in many sweeps."""


@pytest.fixture(scope="package", autouse=True)
def _codes_are_drawn_as_they_come() -> Iterator[None]:
    """Any pattern can be read; that of paper is tried where sheets are read back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segno, "make", DRAWN)
        yield


@pytest.fixture(autouse=True)
def _no_page_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sweeps over all pages asks for many sheets as PDF; each takes seconds, and is tried elsewhere."""
    monkeypatch.setattr(pdf, "set_page", lambda _page, _pictures: b"%PDF-1.7 nothing was set")
