"""Which heads are owed to which observers: each letter by itself, tried again later, given up in the end.

One address that takes no mail keeps no other from its letter, and brings nobody a second one.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.models import HeadLetter, ObserverAddress

from .outgoing import AT_ONCE, put_off


def owe(
    session: Session,
    community_id: int,
    head_ids: Iterable[int],
    addresses: Collection[ObserverAddress],
    *,
    now: datetime,
) -> None:
    """Owe each of these heads to each address."""
    session.add_all(
        HeadLetter(
            community_id=community_id, head_id=head_id, address_id=address.id, made_at=now, next_try_at=now
        )
        for head_id in head_ids
        for address in addresses
    )
    session.flush()


def owed(session: Session, community_id: int) -> set[int]:
    """Heads of which letters were written, whatever became of them."""
    asked = select(HeadLetter.head_id).where(HeadLetter.community_id == community_id).distinct()
    return set(session.scalars(asked))


def due(
    session: Session, addresses: Collection[ObserverAddress], *, now: datetime
) -> Sequence[tuple[int, int, str]]:
    """Letters to these addresses to be tried now, the longest waiting first: their number, their head, where to."""
    rows = session.execute(
        select(HeadLetter.id, HeadLetter.head_id, ObserverAddress.address)
        .join(ObserverAddress, ObserverAddress.id == HeadLetter.address_id)
        .where(
            HeadLetter.address_id.in_([one.id for one in addresses]),
            HeadLetter.sent_at.is_(None),
            HeadLetter.given_up_at.is_(None),
            HeadLetter.next_try_at <= now,
        )
        .order_by(HeadLetter.next_try_at, HeadLetter.id)
        .limit(AT_ONCE)
    )
    return [(letter_id, head_id, address) for letter_id, head_id, address in rows]


def tried(session: Session, letter_id: int, *, left: bool, now: datetime) -> None:
    """It left, or is tried later again, each time after twice as long, and then given up.

    An address that was taken back meanwhile took its letters along.
    """
    letter = session.get(HeadLetter, letter_id, with_for_update=True)
    if letter is None:
        return
    if left:
        letter.tries, letter.sent_at = letter.tries + 1, now
    else:
        put_off(letter, now)
    session.flush()


def reached(session: Session, community_id: int) -> dict[int, int]:
    """Of heads of which each letter was tried: to how many addresses they went, if to any."""
    rows = session.execute(
        select(HeadLetter.head_id, func.count(HeadLetter.sent_at))
        .where(HeadLetter.community_id == community_id)
        .group_by(HeadLetter.head_id)
        .having(func.min(HeadLetter.tries) > 0)
    )
    return {head_id: number for head_id, number in rows if number}
