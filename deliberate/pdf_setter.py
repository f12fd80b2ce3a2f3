"""The process that sets pages: HTML comes in by length, PDF goes out by length, until the pipe closes.

It reads nothing but our own style sheets, fonts and kept pictures, and reaches no network.
"""

import json
import logging
import mimetypes
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from deliberate.pdf import LENGTH

BASE = "https://sheet.invalid/"
_FOREIGN = "only our own files"


class OwnFiles(URLFetcher):  # type: ignore[misc]
    """Opens `/static/…` and kept pictures from their folders, and data within the page; nothing else."""

    def __init__(self, static: Path, pictures: Path) -> None:
        super().__init__(allowed_protocols=("data",))
        self._folders = {"/static/": static.resolve(), "/pictures/": pictures.resolve()}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url.startswith("data:"):
            return super().fetch(url, headers)
        address = re.sub(r"^https?://[^/]+", "", url).partition("?")[0].partition("#")[0]
        for prefix, folder in self._folders.items():
            path = (folder / address.removeprefix(prefix)).resolve()
            if address.startswith(prefix) and path.is_relative_to(folder):
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})
        raise ValueError(_FOREIGN)


def serve(source: BinaryIO, sink: BinaryIO, set_one: Callable[[str], bytes]) -> None:
    """Answer page after page: a status byte (0 for a PDF), a length, that many bytes."""
    while head := source.read(LENGTH.size):
        page = source.read(LENGTH.unpack(head)[0]).decode()
        try:
            status, answer = 0, set_one(page)
        except Exception as fault:
            status, answer = 1, json.dumps(type(fault).__name__).encode()
        sink.write(bytes([status]) + LENGTH.pack(len(answer)) + answer)
        sink.flush()


def main() -> None:
    """Serve on the standard streams."""
    logging.getLogger("weasyprint").addHandler(logging.NullHandler())
    static, pictures = (Path(argument) for argument in sys.argv[1:3])
    fetcher, fonts = OwnFiles(static, pictures), FontConfiguration()

    def set_one(page: str) -> bytes:
        html = weasyprint.HTML(string=page, base_url=BASE, url_fetcher=fetcher)
        made: bytes = html.write_pdf(font_config=fonts, full_fonts=False)
        return made

    serve(sys.stdin.buffer, sys.stdout.buffer, set_one)


if __name__ == "__main__":
    main()
