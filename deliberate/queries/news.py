"""Letters of news as their sender and the person's own page see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.models import Account, Community, InboxMessage, NewsMail, NewsWish


@dataclass(frozen=True, slots=True)
class News:
    """One message in a letter, with the community that it is about."""

    message: InboxMessage
    community: Community


@dataclass(frozen=True, slots=True)
class NewsLetter:
    """Everything that the sender needs. Without an address, or with nothing left unread, nothing is sent."""

    mail: NewsMail
    language: str
    wish: NewsWish | None
    news: Sequence[News]


def wish_of(session: Session, account_id: int | None) -> NewsWish | None:
    """What a person chose, if they ever did."""
    return session.get(NewsWish, account_id) if account_id is not None else None


def letter(session: Session, mail_id: int) -> NewsLetter:
    """One letter with what is still unread of it, by community and matter, the oldest first."""
    mail = session.get_one(NewsMail, mail_id)
    account = session.get_one(Account, mail.account_id)
    rows = session.execute(
        select(InboxMessage, Community)
        .join(Community, Community.id == InboxMessage.community_id)
        .where(InboxMessage.mail_id == mail_id, InboxMessage.read_at.is_(None))
        .order_by(Community.id, InboxMessage.id)
    )
    wish = session.get(NewsWish, mail.account_id) if account.disabled_at is None else None
    return NewsLetter(mail, account.language or "zh-Hans", wish, [News(*row) for row in rows])
