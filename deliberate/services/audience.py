"""Who is told of what becomes of a matter: its author, and those who seconded it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.models import Proposal, Second

from . import journal


def tell_author(session: Session, proposal: Proposal, kind: str, *, now: datetime, **data: object) -> None:
    """A message to the author."""
    _tell(session, proposal.author_id, proposal, kind, now, data)


def tell_seconders(session: Session, proposal: Proposal, kind: str, *, now: datetime, **data: object) -> None:
    """A message to every account that seconded, the author apart."""
    accounts = session.scalars(
        select(Second.account_id)
        .where(Second.proposal_id == proposal.id, Second.account_id.is_not(None))
        .distinct()
        .order_by(Second.account_id)
    ).all()
    for account_id in accounts:
        if account_id != proposal.author_id:
            _tell(session, account_id, proposal, kind, now, data)


def tell_both(session: Session, proposal: Proposal, kind: str, *, now: datetime, **data: object) -> None:
    """The same message to the author and to those who seconded."""
    tell_author(session, proposal, kind, now=now, **data)
    tell_seconders(session, proposal, kind, now=now, **data)


def tell_account(
    session: Session, account_id: int | None, proposal: Proposal, kind: str, *, now: datetime, **data: object
) -> None:
    """A message about the matter to one account, if there is one."""
    _tell(session, account_id, proposal, kind, now, data)


def _tell(
    session: Session,
    account_id: int | None,
    proposal: Proposal,
    kind: str,
    now: datetime,
    data: dict[str, object],
) -> None:
    known = {"number": proposal.number, "title": proposal.title, **data}
    journal.tell(session, account_id, proposal.community_id, kind, now=now, proposal_id=proposal.id, **known)
