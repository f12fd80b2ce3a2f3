"""What awaits the moderators: screening, rounds past their deadline, suggestions, minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.discussion import Stance
from deliberate.domain.lifecycle import Stage
from deliberate.domain.proposal import screening_due
from deliberate.models import Comment, DiscussionRound, Meeting, Proposal

from . import communities
from .proposals import Row, rows

MOST = 100
"""Matters of one kind that are shown."""


@dataclass(frozen=True, slots=True)
class ToScreen:
    """A submitted matter, until when it is to be answered, and whether it has its seconds."""

    row: Row
    due: date
    days_left: int
    seconded: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Suggestions of one matter that nobody has answered."""

    number: int
    title: str
    suggestions: int


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that awaits a moderator in the part from proposal to plan."""

    to_screen: Sequence[ToScreen]
    """What is due first comes first."""
    more_to_screen: int
    """Not shown: due later."""
    to_open: Sequence[Row]
    to_close: Sequence[Row]
    to_go_on: Sequence[Row]
    """Their round is closed; the next round or the plan is to come."""
    suggestions: Sequence[Waiting]
    without_minutes: Sequence[Meeting]
    drafts: Sequence[Row]
    """Taken down by this moderator, not yet submitted."""

    @property
    def count(self) -> int:
        """How many things wait. A matter that still lacks seconds does not, until its time runs out."""
        screening = sum(one.seconded or one.days_left <= 0 for one in self.to_screen)
        others = (
            self.to_open,
            self.to_close,
            self.to_go_on,
            self.suggestions,
            self.without_minutes,
            self.drafts,
        )
        return screening + sum(len(each) for each in others)


def desk(session: Session, community_id: int, account_id: int | None, now: datetime) -> Desk:
    """Nine queries, however much there is to do; a tenth where there is more to screen than is shown."""
    to_screen = _to_screen(session, community_id, now)
    here = Proposal.community_id == community_id
    running = select(DiscussionRound.proposal_id).where(
        DiscussionRound.community_id == community_id, DiscussionRound.closed_at.is_(None)
    )
    overdue = running.where(DiscussionRound.deadline <= now)
    discussing = Proposal.stage == Stage.DISCUSSING
    return Desk(
        to_screen=to_screen,
        more_to_screen=_submitted(session, community_id) - MOST if len(to_screen) == MOST else 0,
        to_open=rows(session, here, Proposal.stage == Stage.ACCEPTED, most=100),
        to_close=rows(session, here, discussing, Proposal.id.in_(overdue), most=100),
        to_go_on=rows(session, here, discussing, Proposal.id.not_in(running), most=100),
        suggestions=_suggestions(session, community_id),
        without_minutes=_without_minutes(session, community_id, now),
        drafts=rows(
            session,
            here,
            Proposal.taken_down_by_id == account_id,
            Proposal.stage.in_((Stage.DRAFT, Stage.RETURNED)),
            most=100,
        ),
    )


def _to_screen(session: Session, community_id: int, now: datetime) -> list[ToScreen]:
    settings = communities.settings(session, community_id)
    here = rows(
        session,
        Proposal.community_id == community_id,
        Proposal.stage == Stage.SUBMITTED,
        most=MOST,
        order=(func.coalesce(Proposal.submitted_at, Proposal.changed_at), Proposal.number.asc()),
    )
    today = day_in_beijing(now)
    found = []
    for row in here:
        due = screening_due(row.submitted_at or row.changed_at, settings.screening_days)
        found.append(ToScreen(row, due, (due - today).days, row.seconds >= settings.seconds_needed))
    return sorted(found, key=lambda one: (one.due, one.row.number))


def _submitted(session: Session, community_id: int) -> int:
    waiting = (Proposal.community_id == community_id, Proposal.stage == Stage.SUBMITTED)
    return session.scalars(select(func.count(Proposal.id)).where(*waiting)).one()


def _suggestions(session: Session, community_id: int) -> list[Waiting]:
    found = session.execute(
        select(Proposal.number, Proposal.title, func.count(Comment.id))
        .join(Comment, Comment.proposal_id == Proposal.id)
        .where(
            Proposal.community_id == community_id,
            Proposal.stage == Stage.DISCUSSING,
            Comment.stance == Stance.SUGGESTION,
            Comment.hidden_at.is_(None),
            Comment.verdict.is_(None),
        )
        .group_by(Proposal.number, Proposal.title)
        .order_by(Proposal.number)
    )
    return [Waiting(*row) for row in found]


def _without_minutes(session: Session, community_id: int, now: datetime) -> Sequence[Meeting]:
    return session.scalars(
        select(Meeting)
        .where(Meeting.community_id == community_id, Meeting.starts_at <= now, Meeting.minutes_at.is_(None))
        .order_by(Meeting.starts_at)
    ).all()
