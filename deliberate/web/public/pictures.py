"""Pictures, by the hash of their bytes: what is at an address never changes."""

import re

from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import pictures
from deliberate.services.pictures import file_name, place_of

from ..access import allow
from ..sending import sent
from ..store import reader
from .blueprint import bp

_DIGEST = re.compile(r"[0-9a-f]{64}")
A_YEAR = 365 * 24 * 3600


@bp.get("/pictures/<digest>.<extension>")
@allow(Action.READ_PUBLIC)
def picture(digest: str, extension: str) -> ResponseReturnValue:
    """One picture that was uploaded here."""
    found = pictures.by_digest(reader(), digest) if _DIGEST.fullmatch(digest) else None
    name = file_name(digest, found.mime) if found else ""
    if found is None or name != f"{digest}.{extension}":
        raise NotFound()
    response = sent(place_of(digest, found.mime), found.mime, max_age=A_YEAR, etag=digest)
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response
