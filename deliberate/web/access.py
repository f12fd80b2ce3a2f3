"""Who may open what: every endpoint declares its action, and every request is judged before the view runs.

`@allow(action)` is the declaration. `about` names the function which, from the view's arguments, finds the
subject; without it the subject is the community of the address. A test refuses an endpoint that declares
nothing, and services check the same table again.

An endpoint for tablets declares `token=True`: its actor is made of the device token of the request and of nothing
else. So a browser's cookie opens none of them (which is why they need no token against forgery), and a device's
token opens nothing beside them.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from flask import current_app, g, request, session
from flask_login import current_user

from deliberate.domain.errors import N_, NotAllowed, NotFound
from deliberate.domain.permissions import ANYBODY, Action, Actor, Subject, may
from deliberate.queries import people
from deliberate.services import devices

from .store import config, now, reader

View = TypeVar("View", bound=Callable[..., Any])
About = Callable[..., Subject]


class SignInFirst(NotAllowed):
    """The page needs somebody who is signed in; the web sends them to the sign-in page."""

    status = 401
    default_why = N_("这个页面要先登录，或者先输入您家信函上的代码。")
    default_next = N_("请登录后再试。")


class AccountNeeded(NotAllowed):
    """A letter opens answering, seconding and checking; whoever speaks or proposes does it under a name."""

    default_what = N_("这一步要有账号。")
    default_why = N_("信函上的代码可以用来提交意见、联名和核对；发言和提议要先有一个账号。")
    default_next = N_("请先建一个账号（一分钟，不用身份证），也可以请社区工作人员代您记下。")


_BY_ACCOUNT = frozenset({Action.COMMENT, Action.PROPOSE})


def the_community(**_: Any) -> Subject:
    """The community of the address; the subject of most pages."""
    community = g.get("community")
    return Subject(community_id=community.id if community else None)


def allow(action: Action, about: About = the_community, *, token: bool = False) -> Callable[[View], View]:
    """Declare the action of an endpoint; with `token` it is asked by a tablet, not by a browser."""

    def declare(view: View) -> View:
        view.action, view.about, view.token = action, about, token  # type: ignore[attr-defined]
        return view

    return declare


def current_actor() -> Actor:
    """Who acts in this request: the account, and the letter that was opened in this browser."""
    if "actor" not in g:
        g.actor = _find_actor()
    actor: Actor = g.actor
    return actor


def _find_actor() -> Actor:
    person = current_user.person if current_user.is_authenticated else None
    letter_id = session.get("letter_id")
    if person is None and letter_id is None:
        return ANYBODY
    return people.actor_of(reader(), person, letter_id=letter_id)


def _find_device() -> Actor:
    """The tablet of the request's token, with the roles and homes of its person."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise devices.UnknownDevice()
    device = devices.known_device(reader(), token.strip(), key=config().code_key, now=now())
    person = people.actor(reader(), account_id=device.account_id)
    g.device_community = device.community_id
    return replace(person, device_id=device.id, device_revoked=device.revoked_at is not None)


def its_community(**_: Any) -> Subject:
    """The community of the tablet that asks."""
    return Subject(community_id=g.get("device_community"))


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
    if getattr(view, "token", False):
        g.actor = _find_device()
    actor = current_actor()
    about: About = view.about  # type: ignore[union-attr]
    subject = about(**(request.view_args or {}))
    if not may(actor, action, subject):
        raise _refusal(actor, action)


def _refusal(actor: Actor, action: Action) -> NotAllowed:
    """What somebody in their place could do about it."""
    if actor is ANYBODY:
        return SignInFirst()
    if actor.account_id is None and action in _BY_ACCOUNT:
        return AccountNeeded()
    return NotAllowed()
