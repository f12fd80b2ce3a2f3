"""Public notices: rows with the figures they print; the words stand in the templates of their kinds."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Actor
from deliberate.models import Notice

from . import journal


def publish(
    session: Session,
    actor: Actor,
    community_id: int,
    kind: NoticeKind,
    *,
    now: datetime,
    proposal_id: int | None = None,
    consent_round_id: int | None = None,
    until: datetime | None = None,
    **data: object,
) -> Notice:
    """Publish one notice; the deed that it announces has checked the right. `data` names no resident."""
    notice = Notice(
        community_id=community_id,
        proposal_id=proposal_id,
        consent_round_id=consent_round_id,
        kind=kind,
        data=dict(data),
        published_at=now,
        published_by_id=actor.account_id,
        until=until,
    )
    session.add(notice)
    session.flush()
    journal.note(session, actor, community_id, "publish_notice", "notice", notice.id, now=now)
    return notice


def latest(session: Session, proposal_id: int, kind: NoticeKind) -> Notice | None:
    """The newest notice of that kind about the matter."""
    return session.scalars(
        select(Notice)
        .where(Notice.proposal_id == proposal_id, Notice.kind == kind)
        .order_by(Notice.id.desc())
        .limit(1)
    ).first()
