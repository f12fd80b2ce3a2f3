"""How a person left each table, in a cookie of theirs: words of tables, never a name, at most three kilobytes."""

import json
from collections.abc import Mapping

from flask import request
from werkzeug.wrappers import Response

from .access import current_actor

MOST = 3_000
A_YEAR = 365 * 24 * 3600


def _cookie() -> str:
    """Each account has its own, so that two people at one computer don't undo each other's tables."""
    return f"tables-{current_actor().account_id or 0}"


def _all() -> dict[str, dict[str, str]]:
    try:
        kept = json.loads(request.cookies.get(_cookie(), "{}"))
    except ValueError:
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: words for name, words in kept.items() if isinstance(words, dict)}


def of(name: str) -> dict[str, str]:
    """The words of the last choice; what is no word is left out."""
    return {key: value for key, value in _all().get(name, {}).items() if isinstance(value, str)}


def keep(response: Response, chosen: Mapping[str, Mapping[str, str]]) -> Response:
    """Keep these choices; the oldest make room."""
    kept = {name: words for name, words in _all().items() if name not in chosen}
    kept |= {name: dict(words) for name, words in chosen.items()}
    while len(text := json.dumps(kept, separators=(",", ":"))) > MOST and kept:
        kept.pop(next(iter(kept)))
    response.set_cookie(
        _cookie(), text, max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response
