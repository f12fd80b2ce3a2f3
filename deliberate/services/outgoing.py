"""What is owed to second channels: written with the deed, sent later, tried again until it is given up.

A forged consent is found by the household that is told of it. So the message is a row of the same transaction:
there is no consent whose household was forgotten, and no message of a consent that was rolled back.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import JSON, ColumnElement, and_, bindparam, insert, literal, literal_column, or_, select
from sqlalchemy.orm import Session

from deliberate.domain.contact import OutgoingKind
from deliberate.domain.errors import N_, Stale
from deliberate.domain.permissions import Action, Actor, Subject, account_of, require
from deliberate.domain.rules import Electorate
from deliberate.models import Consent, Contact, HeadLetter, Household, NewsMail, Outgoing, RollEntry
from deliberate.queries import untold
from deliberate.queries.prepared import Prepared

from . import journal

AT_ONCE = 100
"""Messages of one sending; the next follows."""
MOST_TRIES = 8
"""Tries over about four days, each after twice the time; then it is given up."""
FIRST_WAIT = timedelta(minutes=30)


_ANYBODY = Prepared(
    select(Contact.id)
    .where(Contact.community_id == bindparam("community_id"), Contact.ended_at.is_(None))
    .limit(literal_column("1"))
)


def owe_for(session: Session, community_id: int, request_ids: Sequence[str], *, now: datetime) -> None:
    """Owe each contact of a home a message for the records just made under these requests."""
    if _ANYBODY.first(session, community_id=community_id) is None:
        return
    home = Household.__table__.alias("home")
    its_homes = or_(
        home.c.id == RollEntry.household_id,
        and_(RollEntry.electorate == Electorate.OWNER, home.c.owner_id == RollEntry.owner_id),
    )
    for start in range(0, len(request_ids), 500):
        owed = (
            select(
                Contact.community_id,
                Contact.id,
                literal(OutgoingKind.CONSENT.value),
                Consent.id,
                literal({}, JSON),
                literal(now, Outgoing.made_at.type),
                literal(now, Outgoing.made_at.type),
                literal(0),
            )
            .select_from(Consent)
            .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
            .join(home, its_homes)
            .join(Contact, and_(Contact.household_id == home.c.id, Contact.voice == RollEntry.electorate))
            .where(Consent.request_id.in_(request_ids[start : start + 500]), _standing())
        )
        columns = ["community_id", "contact_id", "kind", "consent_id", "data"]
        session.execute(insert(Outgoing).from_select([*columns, "made_at", "next_try_at", "tries"], owed))


def owe(
    session: Session,
    contact: Contact,
    kind: OutgoingKind,
    *,
    now: datetime,
    address: str | None = None,
    **data: object,
) -> None:
    """Owe one contact a message about the contacts of its home; `address` when its own is erased."""
    session.add(
        Outgoing(
            community_id=contact.community_id,
            contact_id=contact.id,
            kind=kind,
            data=dict(data),
            address=address,
            made_at=now,
            next_try_at=now,
        )
    )


def _standing() -> ColumnElement[bool]:
    return Contact.ended_at.is_(None)


def due(session: Session, *, now: datetime) -> Sequence[int]:
    """Messages to be tried now, the longest waiting first."""
    return session.scalars(
        select(Outgoing.id)
        .where(Outgoing.sent_at.is_(None), Outgoing.given_up_at.is_(None), Outgoing.next_try_at <= now)
        .order_by(Outgoing.next_try_at, Outgoing.id)
        .limit(AT_ONCE)
    ).all()


def sent(session: Session, outgoing_id: int, *, now: datetime) -> None:
    """It left."""
    message = session.get_one(Outgoing, outgoing_id, with_for_update=True)
    message.tries += 1
    message.sent_at, message.address = now, None
    session.flush()


def failed(session: Session, outgoing_id: int, *, now: datetime) -> None:
    """It did not leave: later again, each time after twice as long, then given up."""
    message = session.get_one(Outgoing, outgoing_id, with_for_update=True)
    if put_off(message, now):
        message.address = None
    session.flush()


def put_off(message: Outgoing | NewsMail | HeadLetter, now: datetime) -> bool:
    """It was tried and did not leave: when it is tried again; whether it is given up instead."""
    message.tries += 1
    message.next_try_at = now + FIRST_WAIT * 2 ** (message.tries - 1)
    if message.tries < MOST_TRIES:
        return False
    message.given_up_at = now
    return True


def told(session: Session, actor: Actor, outgoing_id: int, *, now: datetime) -> None:
    """Somebody who did not make the record told the household another way; said twice, the first stands."""
    require(actor, Action.TELL_HOUSEHOLD, untold.about(session, outgoing_id))
    message = session.get_one(Outgoing, outgoing_id, with_for_update=True)
    if message.given_up_at is None or message.told_at is not None:
        return
    _note_told(session, actor, message, now)
    session.flush()


def told_all(
    session: Session, actor: Actor, community_id: int, outgoing_ids: Collection[int], *, now: datetime
) -> int:
    """All of these were made good for at once, or none: a list that is out of date is refused; how many."""
    require(actor, Action.TELL_HOUSEHOLD, Subject(community_id))
    messages = session.scalars(
        select(Outgoing)
        .where(Outgoing.community_id == community_id, Outgoing.id.in_(outgoing_ids))
        .order_by(Outgoing.id)
        .with_for_update()
    ).all()
    waiting = [one for one in messages if one.given_up_at is not None and one.told_at is None]
    if not waiting or len(waiting) < len(set(outgoing_ids)):
        raise Stale(
            N_("没有记下。"),
            N_("选中的消息里，有 %(n)s 条已经有人告诉过住户了。"),
            N_("请回到列表，重新选一次；还没有告诉的不受影响。"),
            n=len(set(outgoing_ids)) - len(waiting),
        )
    for message in waiting:
        require(actor, Action.TELL_HOUSEHOLD, untold.about(session, message.id))
        _note_told(session, actor, message, now)
    session.flush()
    return len(waiting)


def _note_told(session: Session, actor: Actor, message: Outgoing, now: datetime) -> None:
    message.told_at, message.told_by_id = now, account_of(actor)
    journal.note(session, actor, message.community_id, "household_told", "outgoing", message.id, now=now)
