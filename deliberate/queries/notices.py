"""Public notices: the list, and one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.notice import NoticeKind
from deliberate.models import Notice, Proposal

PAGE = 30


@dataclass(frozen=True, slots=True)
class Posted:
    """A notice and the matter that it is about."""

    notice: Notice
    number: int | None
    title: str | None


def listing(
    session: Session,
    community_id: int,
    *,
    kind: NoticeKind | None = None,
    older_than: int | None = None,
    size: int = PAGE,
) -> tuple[Sequence[Posted], int | None]:
    """One leaf of the notices, newest first, and where the next begins."""
    statement = (
        select(Notice, Proposal.number, Proposal.title)
        .outerjoin(Proposal, Proposal.id == Notice.proposal_id)
        .where(Notice.community_id == community_id)
        .order_by(Notice.id.desc())
        .limit(size + 1)
    )
    if kind is not None:
        statement = statement.where(Notice.kind == kind)
    if older_than is not None:
        statement = statement.where(Notice.id < older_than)
    found = [Posted(*row) for row in session.execute(statement)]
    return found[:size], found[size - 1].notice.id if len(found) > size else None


def one(session: Session, community_id: int, notice_id: int) -> Posted | None:
    """The notice, if of this community."""
    row = session.execute(
        select(Notice, Proposal.number, Proposal.title)
        .outerjoin(Proposal, Proposal.id == Notice.proposal_id)
        .where(Notice.id == notice_id, Notice.community_id == community_id)
    ).one_or_none()
    return Posted(*row) if row is not None else None


def about(session: Session, proposal_id: int) -> Sequence[Notice]:
    """All notices about a matter, oldest first."""
    return session.scalars(select(Notice).where(Notice.proposal_id == proposal_id).order_by(Notice.id)).all()
