"""The residents' council: its members, its meetings, who was due and who came."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.discussion import MeetingKind

from .base import Base, By, CommunityId, Line, LongText, MaybeBy, MaybeLine, MaybeText, Pk, RequestId, words


class CouncilMember(Base):
    __tablename__ = "council_member"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    account_id: Mapped[MaybeBy]
    name: Mapped[str] = mapped_column(String(120))
    title: Mapped[Line] = mapped_column(default="")
    since: Mapped[date]
    until: Mapped[date | None]


class Meeting(Base):
    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("called_by_id", "request_id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    kind: Mapped[MeetingKind] = mapped_column(words(MeetingKind))
    title: Mapped[Line]
    place: Mapped[Line]
    starts_at: Mapped[datetime]
    agenda: Mapped[LongText]
    called_at: Mapped[datetime]
    called_by_id: Mapped[By]
    request_id: Mapped[RequestId]
    chair: Mapped[MaybeLine]
    recorder: Mapped[MaybeLine]
    minutes: Mapped[MaybeText]
    resolution: Mapped[MaybeText]
    minutes_at: Mapped[datetime | None]
    minutes_by_id: Mapped[MaybeBy]


class MeetingMatter(Base):
    """A matter on the agenda of a meeting, and whether it resolved to ask the households."""

    __tablename__ = "meeting_matter"
    __table_args__ = (UniqueConstraint("meeting_id", "proposal_id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    ask_households: Mapped[bool] = mapped_column(default=False)


class Attendance(Base):
    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("meeting_id", "council_member_id"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    council_member_id: Mapped[int] = mapped_column(ForeignKey("council_member.id"))
    present: Mapped[bool] = mapped_column(default=False)
    note: Mapped[Line] = mapped_column(default="")
