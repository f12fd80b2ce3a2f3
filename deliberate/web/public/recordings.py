"""Plans read aloud, by the hash of their bytes: what is at an address never changes."""

import re

from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import recordings
from deliberate.services.recordings import file_name, place_of

from ..access import allow
from ..sending import sent
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
    if found is None or name != f"{sound}.{kind}":
        raise NotFound()
    response = sent(place_of(sound, found.mime), found.mime, max_age=A_DAY, etag=sound)
    response.headers["Cache-Control"] = f"public, max-age={A_DAY}"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response
