"""Plans read aloud, by the hash of their bytes: what is at an address never changes."""

import re

from flask import Response, send_file
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import recordings
from deliberate.services.recordings import file_name

from ..access import allow
from ..read_aloud import folder
from ..store import reader
from .blueprint import bp

_DIGEST = re.compile(r"[0-9a-f]{64}")
A_DAY = 24 * 3600


@bp.get("/recordings/<sound>.<kind>")
@allow(Action.READ_PUBLIC)
def recording(sound: str, kind: str) -> ResponseReturnValue:
    """One recording that is still played; in parts, as players ask."""
    found = recordings.by_digest(reader(), sound) if _DIGEST.fullmatch(sound) else None
    name = file_name(sound, found.mime) if found else ""
    path = folder() / name
    if found is None or name != f"{sound}.{kind}" or not path.is_file():
        raise NotFound()
    response: Response = send_file(path, mimetype=found.mime, max_age=A_DAY, etag=sound, conditional=True)
    response.headers["Cache-Control"] = f"public, max-age={A_DAY}"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response
