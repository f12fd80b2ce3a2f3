"""How a person wishes to be told: an address that was proved, and a pace for each topic.

Nothing but a code is sent to an address before the code came back, so that nobody's news goes to a stranger whose
address was mistyped. Each letter carries a link by which its reader chooses less without signing in; it holds until
another address is left.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from deliberate.domain.contact import ContactWay, read_address
from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.news import NewsMailKind, Pace, Topic, at_most
from deliberate.domain.permissions import Action, Actor, Subject, account_of, require
from deliberate.models import InboxMessage, NewsMail, NewsWish

from .secrets import derived_code, normalise

CODE_HOLDS = timedelta(days=3)


def leave_address(session: Session, actor: Actor, typed: str, *, now: datetime) -> NewsWish:
    """Keep an address and owe it the code that proves it; the same again owes a new code."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    address = read_address(ContactWay.EMAIL, typed)
    if address is None:
        raise BadInput(
            what=N_("邮箱没有保存。"),
            why=N_("邮箱写得不对。"),
            next_step=N_("邮箱例如 name@example.com。"),
            field="address",
        )
    wish = _wish(session, account_of(actor))
    if wish.address == address and wish.proved_at is not None:
        return wish
    wish.address, wish.asked_at, wish.proved_at = address, now, None
    session.add(NewsMail(account_id=wish.account_id, kind=NewsMailKind.PROOF, made_at=now, next_try_at=now))
    session.flush()
    return wish


def proof_code(wish: NewsWish, key: bytes) -> str:
    """The code that was sent to the address."""
    asked = wish.asked_at.isoformat() if wish.asked_at else ""
    return derived_code(key, "news address", f"{wish.account_id}|{wish.address}|{asked}")


def prove(session: Session, actor: Actor, typed: str, key: bytes, *, now: datetime) -> NewsWish:
    """The code came back: from now on the address is written to."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    wish = _wish(session, account_of(actor))
    if wish.address is not None and wish.proved_at is not None:
        return wish
    fresh = wish.asked_at is not None and now <= wish.asked_at + CODE_HOLDS
    if not fresh or not hmac.compare_digest(normalise(typed).encode(), proof_code(wish, key).encode()):
        raise BadInput(
            what=N_("邮箱还没有确认。"),
            why=N_("代码不对,或者已经过了3天。"),
            next_step=N_("请照邮件里的代码再输一次,或者重新填写邮箱,再发一封。"),
            field="code",
        )
    wish.proved_at = now
    session.flush()
    return wish


def take_address_back(session: Session, actor: Actor) -> None:
    """No letters any more; the address is erased, what was chosen stays."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    wish = _wish(session, account_of(actor))
    wish.address = wish.asked_at = wish.proved_at = None
    session.flush()


def choose(session: Session, actor: Actor, paces: Mapping[Topic, Pace]) -> NewsWish:
    """A pace for each topic. What waits to be sent is looked at anew; what was left in the app stays there."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    wish = _wish(session, account_of(actor))
    _keep(session, wish, {topic.value: pace.value for topic, pace in paces.items()})
    return wish


def less_token(wish: NewsWish, key: bytes) -> str:
    """What stands in the link by which the reader of a letter chooses less."""
    return f"{wish.account_id}-{derived_code(key, 'news less', f'{wish.account_id}|{wish.address}')}"


def wish_of_token(session: Session, token: str, key: bytes) -> NewsWish:
    """Whose link it is; NotFound when it is nobody's, or of an address that was taken back."""
    number, _, _code = token.partition("-")
    wish = session.get(NewsWish, int(number)) if number.isdecimal() and len(number) < 10 else None
    if (
        wish is None
        or wish.address is None
        or not hmac.compare_digest(token.encode(), less_token(wish, key).encode())
    ):
        raise NotFound()
    return wish


def choose_less(session: Session, token: str, pace: Pace, key: bytes) -> None:
    """Whoever holds the letter has every topic sent at this pace at most."""
    wish = wish_of_token(session, token, key)
    _keep(session, wish, at_most(pace, wish.paces))


def _wish(session: Session, account_id: int) -> NewsWish:
    found = session.get(NewsWish, account_id, with_for_update=True)
    if found is None:
        found = NewsWish(account_id=account_id, paces={})
        session.add(found)
        session.flush()
    return found


def _keep(session: Session, wish: NewsWish, paces: dict[str, str]) -> None:
    wish.paces = paces
    waits = (
        InboxMessage.account_id == wish.account_id,
        InboxMessage.mail_id.is_(None),
        InboxMessage.pace.in_((Pace.AT_ONCE, Pace.DAILY)),
    )
    session.execute(update(InboxMessage).where(*waits).values(pace=None))
    session.flush()
