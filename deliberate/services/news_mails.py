"""Letters of news: each message to a person that is to leave by mail is put into one letter, then the letter is sent.

A message belongs to at most one letter, written down before anything leaves. A machine that stops between handing
a letter over and marking it sends the same letter again, under the same name: a folder holds it once, a mail server
may deliver it twice. Nothing is put into two letters, and nothing stays behind unnoticed.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, exists, select, update
from sqlalchemy.orm import Session

from deliberate.domain.news import ANSWER_RECORDED, NewsMailKind, Pace, digest_day, pace_of
from deliberate.models import Account, Contact, InboxMessage, NewsMail, NewsWish

from .outgoing import AT_ONCE, put_off

_UNSENT = (InboxMessage.mail_id.is_(None), InboxMessage.read_at.is_(None))


def sort(session: Session, *, now: datetime) -> int:
    """Decide for new messages how soon they are sent; how many were looked at one by one."""
    nobody_writes = InboxMessage.account_id.not_in(_written_to())
    unsorted = InboxMessage.pace.is_(None)
    session.execute(
        update(InboxMessage)
        .where(unsorted, nobody_writes)
        .values(pace=Pace.IN_APP)
        .execution_options(synchronize_session=False)
    )
    rows = session.execute(
        select(InboxMessage, NewsWish)
        .join(NewsWish, NewsWish.account_id == InboxMessage.account_id)
        .where(unsorted)
        .order_by(InboxMessage.id)
        .limit(5 * AT_ONCE)
    ).all()
    for message, wish in rows:
        told_elsewhere = message.kind == ANSWER_RECORDED and _contact_of_home(session, message, wish)
        message.pace = Pace.IN_APP if told_elsewhere else pace_of(message.kind, wish.paces)
    session.flush()
    return len(rows)


def gather(session: Session, *, now: datetime) -> int:
    """Put what is to leave now into letters, one for each person; how many letters were made."""
    day = digest_day(now)
    due = _due_people(session, InboxMessage.pace == Pace.AT_ONCE, None)
    daily = _due_people(session, InboxMessage.pace == Pace.DAILY, day) if day else []
    for account_id in daily:
        _put(session, account_id, day, now)
    for account_id in set(due) - set(daily):
        _put(session, account_id, None, now)
    return len({*due, *daily})


def _due_people(session: Session, wanted: ColumnElement[bool], day: date | None) -> Sequence[int]:
    """People with such a message; who had the day's letter already waits for the next."""
    had = exists().where(NewsMail.account_id == InboxMessage.account_id, NewsMail.day == day)
    statement = select(InboxMessage.account_id).where(*_UNSENT, wanted).distinct()
    if day is not None:
        statement = statement.where(~had)
    return session.scalars(statement.order_by(InboxMessage.account_id).limit(AT_ONCE)).all()


def _put(session: Session, account_id: int, day: date | None, now: datetime) -> None:
    """The day's letter takes all that waits; one that is sent at once leaves the day's news to it."""
    letter = NewsMail(account_id=account_id, kind=NewsMailKind.NEWS, day=day, made_at=now, next_try_at=now)
    session.add(letter)
    session.flush()
    taken = (Pace.AT_ONCE,) if day is None else (Pace.AT_ONCE, Pace.DAILY)
    session.execute(
        update(InboxMessage)
        .where(*_UNSENT, InboxMessage.account_id == account_id, InboxMessage.pace.in_(taken))
        .values(mail_id=letter.id)
        .execution_options(synchronize_session=False)
    )


def due(session: Session, *, now: datetime) -> Sequence[int]:
    """Letters to be tried now, the longest waiting first."""
    return session.scalars(
        select(NewsMail.id)
        .where(NewsMail.sent_at.is_(None), NewsMail.given_up_at.is_(None), NewsMail.next_try_at <= now)
        .order_by(NewsMail.next_try_at, NewsMail.id)
        .limit(AT_ONCE)
    ).all()


def sent(session: Session, mail_id: int, *, now: datetime) -> None:
    """It left."""
    letter = session.get_one(NewsMail, mail_id, with_for_update=True)
    letter.tries, letter.sent_at = letter.tries + 1, now
    session.flush()


def dropped(session: Session, mail_id: int, *, now: datetime) -> None:
    """Nobody is to have it any more: all was read meanwhile, or the address was taken back."""
    session.get_one(NewsMail, mail_id, with_for_update=True).given_up_at = now
    session.flush()


def failed(session: Session, mail_id: int, *, now: datetime) -> None:
    """It did not leave: later again, each time after twice as long, then it stays in the app alone."""
    put_off(session.get_one(NewsMail, mail_id, with_for_update=True), now)
    session.flush()


def _written_to() -> Select[int]:
    """People with a proved address."""
    return (
        select(NewsWish.account_id)
        .join(Account, Account.id == NewsWish.account_id)
        .where(NewsWish.proved_at.is_not(None), Account.disabled_at.is_(None))
    )


def _contact_of_home(session: Session, message: InboxMessage, wish: NewsWish) -> bool:
    """Whether the home's own second channel tells the same address of the very same record."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Contact.household_id == message.data.get("household_id"),
                    Contact.address == wish.address,
                    Contact.ended_at.is_(None),
                )
            )
        )
    )
