"""PDF of a sheet: the page itself, set in a process of its own, so that neither memory nor time of it is the server's.

WeasyPrint is an optional extra (`pip install deliberate[pdf]`). Pages travel through a pipe, never through a
file or an argument: a household's letter holds a code.
"""

import importlib.util
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from deliberate.storage import Storage

LENGTH = struct.Struct(">I")
_ENDED = "the process that sets pages ended"
LONGEST = 600.0
"""Seconds that one page may take; a process that hangs is ended, and nobody waits for it for ever."""
WAITED_FOR = 120.0
"""The same for a page that somebody waits for: a whole community's letters are set in the background."""
_PICTURE = re.compile(r"/(pictures/[0-9a-f]{64}\.(?:jpg|webp))\b")
STATIC = Path(__file__).resolve().parent / "static"


class NotSet(Exception):
    """The page could not be set as PDF; the message says why, and quotes nothing of the page."""


def available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("weasyprint") is not None


class Setter:
    """Sets pages one after the other, in one process that ends with the context."""

    def __init__(self, files: Storage, longest: float = LONGEST) -> None:
        self._files, self._longest = files, longest

    def __enter__(self) -> "Setter":
        self._pictures = tempfile.TemporaryDirectory(prefix="deliberate-pdf-")
        self._command = [sys.executable, "-m", "deliberate.pdf_setter", str(STATIC), self._pictures.name]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, nothing that anybody typed
            self._command,
            cwd=STATIC.parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._pages, self._made = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        if kind is not None:
            self._process.kill()
        with suppress(BrokenPipeError):
            self._pages.close()
        self._made.close()
        self._process.wait()
        self._pictures.cleanup()

    def set(self, page: str) -> bytes:
        """The page as PDF, A4."""
        self._bring_pictures(page)
        limit = threading.Timer(self._longest, self._process.kill)
        limit.start()
        try:
            fault, answer = self._exchange(page.encode())
        finally:
            limit.cancel()
        if fault:
            raise NotSet(json.loads(answer))
        return answer

    def _bring_pictures(self, page: str) -> None:
        """Those that the page shows, to where the process may read; one that is gone is left out."""
        for name in set(_PICTURE.findall(page)):
            to = Path(self._pictures.name) / name.removeprefix("pictures/")
            if not to.exists() and self._files.size(name) is not None:
                with self._files.open(name) as picture, to.open("wb") as beside:
                    shutil.copyfileobj(picture, beside)

    def _exchange(self, data: bytes) -> tuple[int, bytes]:
        try:
            self._pages.write(LENGTH.pack(len(data)) + data)
            self._pages.flush()
        except BrokenPipeError as broken:
            raise NotSet(_ENDED) from broken
        head = self._read(LENGTH.size + 1)
        return head[0], self._read(LENGTH.unpack(head[1:])[0])

    def _read(self, number: int) -> bytes:
        data = self._made.read(number)
        if len(data) != number:
            raise NotSet(_ENDED)
        return data


def set_page(page: str, files: Storage) -> bytes:
    """One page as PDF."""
    with Setter(files, WAITED_FOR) as setter:
        return setter.set(page)
