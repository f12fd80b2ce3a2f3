"""Notices on boards: somebody hung one up, says where and since when, and has a photograph of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import Notice, NoticePosting, Picture

from . import journal

LONGEST_PLACE = 80


def record_posting(
    session: Session,
    actor: Actor,
    notice_id: int,
    place: str,
    posted_at: datetime,
    picture_id: int | None = None,
    *,
    now: datetime,
) -> NoticePosting:
    """A board carries the notice since then; a board is recorded once for a notice."""
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise NotFound()
    require(actor, Action.PUBLISH, Subject(notice.community_id))
    board = " ".join(place.split())
    if not 1 <= len(board) <= LONGEST_PLACE:
        raise BadInput(N_("没有保存。"), N_("请写贴在哪里，不超过80个字。"), field="place")
    if not notice.published_at.replace(second=0, microsecond=0) <= posted_at <= now:
        raise BadInput(N_("没有保存。"), N_("张贴的时间要在公示公布以后，现在以前。"), field="posted_at")
    _refuse_twice(session, notice_id, board)
    if picture_id is not None and _picture(session, picture_id).community_id != notice.community_id:
        raise NotFound()
    made = NoticePosting(
        community_id=notice.community_id,
        notice_id=notice_id,
        place=board,
        posted_at=posted_at,
        picture_id=picture_id,
        at=now,
        by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, notice.community_id, "notice_posted", "notice", notice_id, now=now)
    return made


def _picture(session: Session, picture_id: int) -> Picture:
    return session.get_one(Picture, picture_id)


def _refuse_twice(session: Session, notice_id: int, board: str) -> None:
    known = select(NoticePosting.id).where(NoticePosting.notice_id == notice_id, NoticePosting.place == board)
    if session.scalar(known) is not None:
        raise BadInput(
            N_("没有保存。"),
            N_("这个地方已经登记过这条公示。"),
            N_("要登记另一块公示栏，请写另一个地点。"),
            field="place",
        )
