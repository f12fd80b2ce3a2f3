"""Who may open what: every endpoint declares its action, and every request is judged before the view runs.

`@allow(action)` is the declaration. `about` names the function which, from the view's arguments, finds the
subject; without it the subject is the community of the address. A test refuses an endpoint that declares
nothing, and services check the same table again.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, request, session
from flask_login import current_user

from deliberate.domain.errors import N_, NotAllowed, NotFound
from deliberate.domain.permissions import ANYBODY, Action, Actor, Subject, may
from deliberate.queries import people

from .store import reader

View = TypeVar("View", bound=Callable[..., Any])
About = Callable[..., Subject]


class SignInFirst(NotAllowed):
    """The page needs somebody who is signed in; the web sends them to the sign-in page."""

    status = 401
    default_why = N_("这个页面要先登录,或者先输入您家信函上的代码。")
    default_next = N_("请登录后再试。")


def the_community(**_: Any) -> Subject:
    """The community of the address; the subject of most pages."""
    community = g.get("community")
    return Subject(community_id=community.id if community else None)


def allow(action: Action, about: About = the_community) -> Callable[[View], View]:
    """Declare the action of an endpoint."""

    def declare(view: View) -> View:
        view.action, view.about = action, about  # type: ignore[attr-defined]
        return view

    return declare


def current_actor() -> Actor:
    """Who acts in this request: the account, and the letter that was opened in this browser."""
    if "actor" not in g:
        g.actor = _find_actor()
    actor: Actor = g.actor
    return actor


def _find_actor() -> Actor:
    account_id = current_user.id if current_user.is_authenticated else None
    letter_id = session.get("letter_id")
    if account_id is None and letter_id is None:
        return ANYBODY
    return people.actor(reader(), account_id=account_id, letter_id=letter_id)


def judge() -> None:
    """Refuse the request unless its endpoint declares an action which the actor may do (before_request)."""
    if request.endpoint is None:
        raise request.routing_exception or NotFound()
    view = current_app.view_functions[request.endpoint]
    if request.endpoint == "static" or request.endpoint.endswith(".static"):
        return
    action: Action | None = getattr(view, "action", None)
    if action is None:
        raise NotAllowed()
    actor = current_actor()
    about: About = view.about  # type: ignore[union-attr]
    subject = about(**(request.view_args or {}))
    if not may(actor, action, subject):
        raise SignInFirst() if actor is ANYBODY else NotAllowed()
