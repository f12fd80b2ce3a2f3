"""Messages to an account, of every community it belongs to."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.models import Community, InboxMessage

PAGE = 50


@dataclass(frozen=True, slots=True)
class Told:
    """A message with the community that it is about; the number of its matter is in its data."""

    message: InboxMessage
    place: str
    slug: str


def unread(session: Session, account_id: int | None) -> int:
    """How many messages wait to be read."""
    if account_id is None:
        return 0
    return session.scalars(
        select(func.count(InboxMessage.id)).where(
            InboxMessage.account_id == account_id, InboxMessage.read_at.is_(None)
        )
    ).one()


def of_account(
    session: Session, account_id: int | None, *, older_than: int | None = None
) -> tuple[list[Told], int | None]:
    """One leaf, newest first, read ones too; and where the next begins."""
    statement = (
        select(InboxMessage, Community.name, Community.slug)
        .join(Community, Community.id == InboxMessage.community_id)
        .where(InboxMessage.account_id == account_id)
        .order_by(InboxMessage.id.desc())
        .limit(PAGE + 1)
    )
    if older_than is not None:
        statement = statement.where(InboxMessage.id < older_than)
    found = [Told(*row) for row in session.execute(statement)]
    return found[:PAGE], found[PAGE - 1].message.id if len(found) > PAGE else None
