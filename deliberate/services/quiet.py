"""Days and hours at which nobody is visited: a holiday, examinations, mourning."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import QuietTime

from . import journal


def add_quiet(
    session: Session,
    actor: Actor,
    community_id: int,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    *,
    now: datetime,
) -> QuietTime:
    """A span in which no tablet of the community offers a door; the same span again is the same one."""
    require(actor, Action.CHANGE_SETTINGS, Subject(community_id))
    if not starts_at < ends_at or ends_at <= now or not reason.strip():
        raise BadInput(
            what=N_("没有登记不入户的时段。"),
            why=N_("时段要有开始和以后的结束，并写明原因。"),
            next_step=N_("请改正后再保存。"),
        )
    known = _standing(session, community_id, starts_at, ends_at)
    if known is not None:
        return known
    made = QuietTime(
        community_id=community_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:200],
        at=now,
        by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, community_id, "quiet_time_added", "quiet_time", made.id, now=now)
    return made


def _standing(
    session: Session, community_id: int, starts_at: datetime, ends_at: datetime
) -> QuietTime | None:
    return session.scalar(
        select(QuietTime).where(
            QuietTime.community_id == community_id,
            QuietTime.starts_at == starts_at,
            QuietTime.ends_at == ends_at,
            QuietTime.dropped_at.is_(None),
        )
    )


def drop_quiet(session: Session, actor: Actor, quiet_id: int, *, now: datetime) -> None:
    """The span no longer holds."""
    found = session.get(QuietTime, quiet_id)
    if found is None:
        raise NotFound()
    require(actor, Action.CHANGE_SETTINGS, Subject(found.community_id))
    if found.dropped_at is None:
        found.dropped_at = now
        journal.note(
            session, actor, found.community_id, "quiet_time_dropped", "quiet_time", quiet_id, now=now
        )
        session.flush()
