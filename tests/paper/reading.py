"""What a sheet of paper says: its pages as text and picture, and what its QR codes say."""

from dataclasses import dataclass

import pypdfium2
import zxingcpp
from PIL.Image import Image


@dataclass
class Paper:
    """A PDF, page by page."""

    pages: list[str]
    pictures: list[Image]

    @property
    def text(self) -> str:
        return "\n".join(self.pages)

    def codes(self, page: int = 0) -> set[str]:
        """What a telephone reads off the page."""
        return {found.text for found in zxingcpp.read_barcodes(self.pictures[page])}

    def in_order(self, *words: str, page: int = 0) -> bool:
        """Whether the words follow one another, from the top of the page down."""
        places = [self.pages[page].find(word) for word in words]
        assert -1 not in places, dict(zip(words, places, strict=True))
        return places == sorted(places)


def read(pdf: bytes) -> Paper:
    """Read a PDF; its pages drawn at 200 dots an inch."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]
        pictures = [page.render(scale=200 / 72).to_pil() for page in document]
    finally:
        document.close()
    return Paper(pages, pictures)
