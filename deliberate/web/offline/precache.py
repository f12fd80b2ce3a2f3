"""What a tablet must have to work without a signal, each file with the hash of its bytes.

The list is baked into the service worker, which takes all of it or nothing: a file that has changed on the way
(two servers of different age behind one address) fails its hash, and the old version stays whole.
"""

import base64
import hashlib
import json
from pathlib import Path

from flask import render_template, url_for
from flask_babel import force_locale

from ..languages import NAMES
from .texts import catalogue_of

STATIC = Path(__file__).resolve().parents[2] / "static"
WORKER = STATIC / "canvass" / "sw.js"
OTHERS = (
    "css/tokens.css",
    "css/uyghur.css",
    "vendor/noto-naskh-arabic/arabic-400.woff2",
    "vendor/noto-naskh-arabic/arabic-700.woff2",
    "favicon.svg",
    "vendor/idb/idb.js",
    "vendor/signature_pad/signature_pad.min.js",
    "vendor/client-zip/client-zip.js",
)
"""Files outside the client's own folder that it cannot do without."""


def _integrity(content: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"


def _files() -> list[str]:
    own = (path for path in (STATIC / "canvass").rglob("*") if path.is_file() and path != WORKER)
    return sorted([*(path.relative_to(STATIC).as_posix() for path in own), *OTHERS])


def _parts() -> dict[str, str]:
    """Every file and every catalogue of texts by its address; all but the shell, which names the build."""
    parts = {url_for("static", filename=name): _integrity((STATIC / name).read_bytes()) for name in _files()}
    for language in NAMES:
        text = catalogue_of(language)
        parts[url_for("offline.words", language=language)] = _integrity(text.encode())
    return parts


def _shell_of(build: str) -> str:
    with force_locale("zh_Hans"):
        return render_template("canvass/shell.html", build=build)


def _build_of(parts: dict[str, str]) -> str:
    """One name for one set of bytes: the parts, the shell and the worker itself."""
    whole = [parts, _shell_of(""), WORKER.read_text("utf-8")]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:12]


def shell_page() -> str:
    """The page itself, the same for everybody: no token, no name, no language but the source's."""
    return _shell_of(_build_of(_parts()))


def worker_text() -> str:
    """The service worker with its list and its build."""
    parts = _parts()
    build = _build_of(parts)
    parts[url_for("offline.shell")] = _integrity(_shell_of(build).encode())
    head = f"const BUILD = {json.dumps(build)};\nconst PARTS = {json.dumps(parts, sort_keys=True)};\n"
    return head + WORKER.read_text("utf-8")
