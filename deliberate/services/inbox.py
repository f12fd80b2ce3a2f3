"""Messages: put away once read."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Action, Actor, Subject, account_of, require
from deliberate.models import InboxMessage


def put_all_away(session: Session, actor: Actor, *, since: int, up_to: int, now: datetime) -> None:
    """Mark one's own messages of every community as read: from the oldest to the newest that the page had shown."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject())
    session.execute(
        update(InboxMessage)
        .where(
            InboxMessage.account_id == account_of(actor),
            InboxMessage.id.between(since, up_to),
            InboxMessage.read_at.is_(None),
        )
        .values(read_at=now)
    )


def put_away(
    session: Session, actor: Actor, community_id: int, *, since: int, up_to: int, now: datetime
) -> None:
    """Mark one's own messages as read: from the oldest to the newest that the page had shown."""
    require(actor, Action.MANAGE_OWN_ACCOUNT, Subject(community_id=community_id))
    session.execute(
        update(InboxMessage)
        .where(
            InboxMessage.account_id == account_of(actor),
            InboxMessage.community_id == community_id,
            InboxMessage.id.between(since, up_to),
            InboxMessage.read_at.is_(None),
        )
        .values(read_at=now)
    )
