"""Public pages that nobody is signed in to are made once, as long as nothing in the store changes.

A page is kept under the version of the whole store (`Database.version`), so no table that it shows can be forgotten;
under its address, language, view and community; and under the second, because deadlines pass without a commit: one
that does not end on a full second is seen to pass a second late. A page that has numbers of its own, moving with all
that it shows (`freshness`), is kept under those instead, and deeds elsewhere do not touch it. Such a page
is the same for all, and gives nobody a cookie: one with a form that needs its reader's token is not kept.

Whoever has anything of theirs in their session, or any cookie whose meaning is not in the key, is no stranger.
"""

from collections.abc import Callable, Hashable
from threading import Lock

from flask import Flask, current_app, g, request, session

from . import languages
from .context import VIEW_COOKIE, view
from .kept import MEGABYTE, Kept
from .security import is_personal
from .store import close_reader, database, now

MOST_BYTES = 32 * MEGABYTE
TURNS = 16
NOBODYS = frozenset({"csrf_token", "_fresh", "_permanent"})
"""What the session of a stranger may hold: the token, and how Flask and Flask-Login keep it; nothing that is shown."""


class Pages:
    """The finished pages of one application; one thread at a time makes a page."""

    def __init__(self) -> None:
        self.kept: Kept[bytes] = Kept(MOST_BYTES)
        self._turns = [Lock() for _ in range(TURNS)]

    def turn(self, key: Hashable) -> Lock:
        """Who comes for the same page meanwhile waits for it."""
        return self._turns[hash(key) % TURNS]


def made_once(render: Callable[[], str], made_of: Hashable = None) -> str | bytes:
    """The page, made or kept. `render` reads the store anew and nothing that was read before.

    `made_of`: what the page is made of, read before in this request, if the page has such numbers.
    """
    if not _is_stranger():
        return render()
    version = made_of or _store_and_second()
    return render() if version is None else _made_or_kept(render, (version, *_asked()))


def _store_and_second() -> Hashable:
    close_reader()
    version = database().version()
    return version and (version, int(now().timestamp()))


def _made_or_kept(render: Callable[[], str], key: Hashable) -> bytes:
    pages: Pages = current_app.extensions["deliberate.pages"]
    page = pages.kept.get(key)
    if page is None:
        with pages.turn(key):
            page = pages.kept.get(key)
            if page is None:
                page = render().encode()
                if not has_token():
                    pages.kept.put(key, page, len(page) + 1_000)
    return page


def has_token() -> bool:
    """Whether a form of this page asked for its reader's token."""
    return current_app.config["WTF_CSRF_FIELD_NAME"] in g


def _is_stranger() -> bool:
    known = {current_app.config["SESSION_COOKIE_NAME"], VIEW_COOKIE, languages.COOKIE}
    nothing_else = session.keys() <= NOBODYS and request.cookies.keys() <= known
    return request.method == "GET" and nothing_else and not is_personal()


def _asked() -> tuple[Hashable, ...]:
    """What a page is made of beside its version; the community as it was read before that was asked."""
    return (
        request.scheme,
        request.host,
        request.script_root,
        request.full_path,
        g.community,
        g.settings,
        languages.language(),
        tuple(languages.offered()),
        view(),
    )


def install(app: Flask) -> None:
    """Each application has pages of its own, as it has a store of its own."""
    app.extensions["deliberate.pages"] = Pages()
