"""The session of a browser: begun anew at every sign-in, carrying at most a letter over."""

from typing import Any

from flask import session, url_for
from flask_login import current_user, login_user

from deliberate.domain.permissions import Role
from deliberate.queries import communities, people

from .. import unfinished
from ..given import OFFERED, RECEIPTS
from ..store import reader
from .user import User, load_user

_HOMES = (
    (Role.MODERATOR, "moderator.desk"),
    (Role.REGISTRAR, "registrar.home"),
    (Role.CANVASSER, "canvasser.home"),
    (Role.SCRUTINEER, "scrutineer.home"),
)
LETTER = "letter_id"
ONCE = "choose_password_for"


def begin(account_id: int, epoch: int) -> None:
    """Sign the account in; what the browser held before is gone, except the letter in hand and what it answered."""
    user = load_user(f"{account_id}.{epoch}")
    assert isinstance(user, User)  # noqa: S101 - just read in this request
    kept = _kept()
    session.clear()
    session.update(kept)
    session.permanent = True
    login_user(user)
    unfinished.know(account_id)


def _kept() -> dict[str, Any]:
    """What was answered here stays with the letter that opened it, or with the person who goes on."""
    if LETTER not in session and not current_user.is_authenticated:
        return {}
    return {name: session[name] for name in (LETTER, RECEIPTS, OFFERED) if name in session}


def take_letter(letter_id: int, household_id: int) -> None:
    """Put a letter into this browser's hand."""
    session[LETTER] = letter_id
    session["household_id"] = household_id
    session.permanent = True


def drop_letter() -> None:
    """Lay the letter down again, with what was answered by it in this browser."""
    session.pop(RECEIPTS, None)
    session.pop(OFFERED, None)
    put_letter_away()


def put_letter_away() -> None:
    """The account speaks in its place from now on; what was answered by it in this browser stays to be seen."""
    session.pop(LETTER, None)
    session.pop("household_id", None)


def landing(account_id: int) -> str:
    """Where somebody who just signed in finds what awaits them."""
    actor = people.actor(reader(), account_id=account_id)
    for role, endpoint in _HOMES:
        for community_id, held in sorted(actor.roles):
            if held is role:
                return url_for(endpoint, slug=_slug(community_id))
    for community_id in actor.homes.values():
        return url_for("resident.home", slug=_slug(community_id))
    return url_for("public.front")


def _slug(community_id: int) -> str:
    found = communities.by_id(reader(), community_id)
    assert found is not None  # noqa: S101 - a foreign key holds it
    return found.slug
