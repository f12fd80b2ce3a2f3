"""Which boards carried a notice, since when; the period of a notice counts from the one that was recorded first.

A further board never moves the period: who relied on its end, as every page shows it, is not late after the fact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.notice import NoticeKind, counted_until
from deliberate.models import Notice, NoticePosting, Picture, PlanVersion, RollLeftOut


@dataclass(frozen=True, slots=True)
class Board:
    """A board with its photograph."""

    posting: NoticePosting
    picture: Picture | None


def of_notice(session: Session, notice_id: int) -> list[Board]:
    """The boards of a notice, the first one first."""
    rows = session.execute(
        select(NoticePosting, Picture)
        .outerjoin(Picture, Picture.id == NoticePosting.picture_id)
        .where(NoticePosting.notice_id == notice_id)
        .order_by(NoticePosting.posted_at, NoticePosting.id)
    )
    return [Board(posting, picture) for posting, picture in rows]


def places(session: Session, community_id: int) -> Sequence[str]:
    """Boards that carried a notice before, to be chosen again."""
    return session.scalars(
        select(NoticePosting.place)
        .where(NoticePosting.community_id == community_id)
        .group_by(NoticePosting.place)
        .order_by(NoticePosting.place)
        .limit(200)
    ).all()


def first(session: Session, notice_id: int) -> datetime | None:
    """Since when it hangs on the board that was recorded first."""
    return session.scalar(
        select(NoticePosting.posted_at)
        .where(NoticePosting.notice_id == notice_id)
        .order_by(NoticePosting.id)
        .limit(1)
    )


def shown_until(session: Session, notice: Notice) -> datetime | None:
    """When the period of a notice is over, counted from posting."""
    if notice.until is None:
        return None
    return counted_until(notice.published_at, notice.until, first(session, notice.id))


def plan_shown_until(session: Session, plan: PlanVersion) -> datetime:
    """When the plan has been shown long enough for consent to open."""
    notice = session.scalars(
        select(Notice)
        .where(
            Notice.proposal_id == plan.proposal_id,
            Notice.kind == NoticeKind.PLAN,
            Notice.until == plan.notice_until,
        )
        .order_by(Notice.id.desc())
        .limit(1)
    ).first()
    posted = first(session, notice.id) if notice else None
    return counted_until(plan.fixed_at, plan.notice_until, posted)


def left_out_shown_until(session: Session, round_id: int) -> datetime | None:
    """When every list of vacant homes that still stands was shown long enough; None where there is none."""
    listed = select(RollLeftOut.posted_at).where(RollLeftOut.consent_round_id == round_id)
    notices = session.scalars(
        select(Notice).where(
            Notice.consent_round_id == round_id,
            Notice.kind == NoticeKind.LEFT_OUT,
            Notice.published_at.in_(listed),
        )
    )
    return max((until for one in notices if (until := shown_until(session, one))), default=None)
