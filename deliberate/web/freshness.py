"""Public pages that a browser already has: asked again they cost a few small questions and no rendering.

A page's tag is made of what it is made from – numbers that move whenever the data do – and never of the page itself.
The reader's language, view and day are part of it; pages of a person, with a message for the reader or with a form
that needs their token, have none. Strangers who do not have it yet share what was made for the first of them
(`made_once`).
"""

import hashlib
from collections.abc import Callable, Hashable
from pathlib import Path

from flask import Response, g, make_response, request, session

from deliberate.domain.calendar import day_in_beijing

from . import languages
from .context import template_folder, view
from .made_once import has_token, made_once
from .security import is_personal
from .store import now

WORDS = Path(__file__).resolve().parent.parent / "translations"
WRITTEN = max(
    path.stat().st_mtime_ns for path in (*Path(template_folder()).rglob("*.html"), *WORDS.rglob("*.po"))
)
"""Of the newest template or catalogue: the same for every process of this version."""


def unless_known(version: Hashable, render: Callable[[], str]) -> Response:
    """304 when the browser holds this very page, else the page; `version` None is for pages without a tag."""
    if version is None or is_personal() or session.get("_flashes"):
        return make_response(render())
    version = (version, day_in_beijing(now()))
    tag = _tag(version)
    if request.if_none_match.contains_weak(tag):
        return _tagged(Response(status=304), tag)
    made = make_response(made_once(render, version))
    return made if has_token() else _tagged(made, tag)


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag, weak=True)
    response.vary.update(("Cookie", "Accept-Language", "Accept-Encoding"))
    return response


def _tag(version: object) -> str:
    parts = (
        version,
        request.full_path,
        repr(g.get("community") and (g.community.name, g.community.telephone)),
        languages.language(),
        languages.offered(),
        view(),
        WRITTEN,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
