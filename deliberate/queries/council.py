"""The council: who serves, its meetings, and what is known of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.orm import Session

from deliberate.models import Attendance, CouncilMember, MeetingMatter, Proposal
from deliberate.models import Meeting as Meeting

PAGE = 30


@dataclass(frozen=True, slots=True)
class Due:
    """A member who was due at a meeting."""

    member_id: int
    name: str
    title: str
    present: bool


@dataclass(frozen=True, slots=True)
class OnAgenda:
    """A matter on the agenda, and whether the meeting resolved to ask the households."""

    proposal: Proposal
    ask_households: bool


@dataclass(frozen=True, slots=True)
class MeetingView:
    """One meeting. Names are for staff; public pages print the numbers."""

    meeting: Meeting
    due: Sequence[Due]
    matters: Sequence[OnAgenda]

    @property
    def present(self) -> int:
        """How many came."""
        return sum(member.present for member in self.due)


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting in a list."""

    meeting: Meeting
    due: int
    present: int


def members(session: Session, community_id: int, today: date) -> Sequence[CouncilMember]:
    """Who serves today, in the order in which they joined."""
    return session.scalars(
        select(CouncilMember)
        .where(
            CouncilMember.community_id == community_id,
            or_(CouncilMember.until.is_(None), CouncilMember.until > today),
        )
        .order_by(CouncilMember.since, CouncilMember.id)
    ).all()


def member(session: Session, community_id: int, member_id: int) -> CouncilMember | None:
    """The member, if of this community."""
    return session.scalar(
        select(CouncilMember).where(CouncilMember.id == member_id, CouncilMember.community_id == community_id)
    )


def meetings(session: Session, community_id: int, most: int = PAGE) -> list[MeetingRow]:
    """Meetings, the latest first, in one query."""
    due = _count(None)
    present = _count(True)
    found = session.execute(
        select(Meeting, due, present)
        .where(Meeting.community_id == community_id)
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
        .limit(most)
    )
    return [MeetingRow(meeting, all_due, came) for meeting, all_due, came in found]


def _count(present: bool | None) -> ScalarSelect[int]:
    counted = select(func.count(Attendance.id)).where(Attendance.meeting_id == Meeting.id)
    if present is not None:
        counted = counted.where(Attendance.present.is_(present))
    return counted.correlate(Meeting).scalar_subquery()


def meeting(session: Session, community_id: int, meeting_id: int) -> MeetingView | None:
    """One meeting with attendance and agenda, if of this community: three queries."""
    found = session.scalar(
        select(Meeting).where(Meeting.id == meeting_id, Meeting.community_id == community_id)
    )
    if found is None:
        return None
    due = session.execute(
        select(CouncilMember.id, CouncilMember.name, CouncilMember.title, Attendance.present)
        .join(Attendance, Attendance.council_member_id == CouncilMember.id)
        .where(Attendance.meeting_id == meeting_id)
        .order_by(CouncilMember.since, CouncilMember.id)
    )
    matters = session.execute(
        select(Proposal, MeetingMatter.ask_households)
        .join(MeetingMatter, MeetingMatter.proposal_id == Proposal.id)
        .where(MeetingMatter.meeting_id == meeting_id)
        .order_by(Proposal.number)
    )
    return MeetingView(
        found, [Due(*row) for row in due], [OnAgenda(proposal, ask) for proposal, ask in matters]
    )


def meetings_about(session: Session, proposal_id: int) -> Sequence[Meeting]:
    """Meetings that had the matter on their agenda, in order of time."""
    return session.scalars(
        select(Meeting)
        .join(MeetingMatter, MeetingMatter.meeting_id == Meeting.id)
        .where(MeetingMatter.proposal_id == proposal_id)
        .order_by(Meeting.starts_at, Meeting.id)
    ).all()
