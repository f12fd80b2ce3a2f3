"""Style sheets, scripts and pictures of the pages: few, small, and fetched once.

A page names a file by `asset(…)`, whose address carries the hash of its bytes; at such an address a browser may
keep it for ever. What every page wears is one sheet made of several files. Text leaves compressed.
"""

import gzip
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from posixpath import normpath

from flask import Flask, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.http import generate_etag

from deliberate.domain.errors import NotFound

from . import compressing

STATIC = Path(__file__).resolve().parent.parent / "static"
_NAMES = (
    "tokens",
    "frame",
    "parts",
    "forms",
    "charts",
    "elder",
    "matters",
    "rounds",
    "roll",
    "ledger",
    "print",
)
_COMMON = tuple(f"css/{name}.css" for name in _NAMES)
BUNDLES = {
    "css/site.css": ("built/bootstrap.css", *_COMMON),
    "css/site.rtl.css": ("built/bootstrap.rtl.css", *_COMMON),
}
"""Sheets that exist only as their parts, one after another; the last is for paper."""
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INDENT = re.compile(r"\n\s+")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
MOST = 512
"""Files that a process keeps, at most; there are fewer."""
A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Asset:
    """One text file as it is sent."""

    data: bytes
    packed: bytes
    mime: str
    version: str


def asset(filename: str) -> str:
    """The address of a file, with the hash of its bytes."""
    return url_for("static", filename=filename, v=_version(filename))


@lru_cache(MOST)
def _paths(filename: str) -> tuple[Path, ...]:
    """Its parts, which are inside of `STATIC`; every page names several, so a name is looked into once."""
    paths = tuple(STATIC / part for part in BUNDLES.get(filename, (filename,)))
    if not all(path.resolve().is_relative_to(STATIC) and path.is_file() for path in paths):
        raise NotFound()
    return paths


def _today(filename: str) -> Asset:
    """The file as it lies there now, by the one name that it has: what is kept would grow with every other."""
    if normpath(filename) != filename:
        raise NotFound()
    try:
        return _load(filename, tuple(os.stat(path).st_mtime_ns for path in _paths(filename)))
    except FileNotFoundError as gone:
        raise NotFound() from gone


def _version(filename: str) -> str:
    return _today(filename).version


@lru_cache(MOST)
def _load(filename: str, _changed: tuple[int, ...]) -> Asset:
    """Read once for as long as the files stay what they are."""
    paths = _paths(filename)
    data = _one_sheet(paths) if filename in BUNDLES else paths[0].read_bytes()
    version = hashlib.sha256(data).hexdigest()[:12]
    mime = _TYPES.get(Path(filename).suffix, "")
    packed = gzip.compress(data, 9, mtime=0) if mime else b""
    return Asset(data, packed, mime, version)


def _one_sheet(paths: Sequence[Path]) -> bytes:
    """The parts one after another, without what only their authors read."""
    parts = [path.read_text("utf-8") for path in paths[:-1]]
    parts.append(f"@media print {{{paths[-1].read_text('utf-8')}}}")
    bare = _COMMENT.sub("", "\n".join(parts))
    return _INDENT.sub("\n", bare).encode()


def serve(filename: str) -> ResponseReturnValue:
    """A text file, compressed for who takes that; anything else as it lies on the disk."""
    if Path(filename).suffix not in _TYPES:
        return _for_ever(current_app.send_static_file(filename), filename)
    found = _today(filename)
    pack = compressing.taken(request) and len(found.packed) < len(found.data)
    response = Response(found.packed if pack else found.data, content_type=found.mime)
    if pack:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.set_etag(generate_etag(found.data) + ("-gzip" if pack else ""))
    return _for_ever(response, filename).make_conditional(request)


def _for_ever(response: Response, filename: str) -> Response:
    """At an address with the right hash nothing ever changes; without one, a browser asks again each hour."""
    current = request.args.get("v") == _version(filename)
    response.headers["Cache-Control"] = (
        f"public, max-age={A_YEAR}, immutable" if current else "public, max-age=3600"
    )
    return response


def install(app: Flask) -> None:
    """Take over the address of static files, and give templates `asset`."""
    app.view_functions["static"] = serve
    app.jinja_env.globals["asset"] = asset
