"""One process sets the pages of all tests here: to start it takes ten times what a page takes."""

from collections.abc import Iterator
from types import TracebackType

import pytest

from deliberate import pdf


class OneForAll(pdf.Setter):
    """Begins where the one before it ended; after a fault the next begins anew."""

    before: pdf.Setter | None = None

    def __enter__(self) -> pdf.Setter:
        if OneForAll.before is None:
            OneForAll.before = super().__enter__()
        started = OneForAll.before
        self._pictures, self._process = started._pictures, started._process
        self._pages, self._made = started._pages, started._made
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | object
    ) -> None:
        if kind is not None:
            OneForAll.before = None
            super().__exit__(kind, error, trace)


@pytest.fixture(scope="package", autouse=True)
def setter() -> Iterator[None]:
    """A process of its own for each page is tried in `test_setter`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "Setter", OneForAll)
        yield
    if OneForAll.before is not None:
        pdf.Setter.__exit__(OneForAll.before, None, None, None)
        OneForAll.before = None
