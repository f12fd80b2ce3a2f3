"""The residents' council: its members, its meetings, who was due and came, minutes and what they resolved."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.discussion import MeetingKind
from deliberate.domain.errors import N_, BadInput, NotFound, Refusal, Stale
from deliberate.domain.lifecycle import HIDDEN_FROM_PUBLIC
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, Subject, account_of, require
from deliberate.domain.proposal import LONGEST_BODY, text_of
from deliberate.models import Attendance, CouncilMember, Meeting, MeetingMatter, Proposal

from . import journal, notices

LONGEST_LINE = 120


@dataclass(frozen=True, slots=True)
class Call:
    """A meeting as it is called; matters by their ids."""

    kind: MeetingKind
    title: str
    place: str
    starts_at: datetime
    agenda: str
    proposal_ids: tuple[int, ...] = ()
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Minutes:
    """A meeting as it was held; members present, and matters about which the households shall be asked."""

    chair: str
    recorder: str
    minutes: str
    resolution: str
    present: frozenset[int] = frozenset()
    ask_about: frozenset[int] = frozenset()


def _require(actor: Actor, community_id: int) -> None:
    require(actor, Action.RUN_COUNCIL, Subject(community_id=community_id))


def add_member(
    session: Session,
    actor: Actor,
    community_id: int,
    name: str,
    *,
    now: datetime,
    title: str = "",
    account_id: int | None = None,
) -> CouncilMember:
    """A new member from today; the name of somebody who already is one changes nothing."""
    _require(actor, community_id)
    full = text_of(name, LONGEST_LINE, "name", one_line=True)
    known = session.scalar(_serving(community_id, day_in_beijing(now)).where(CouncilMember.name == full))
    if known is not None:
        return known
    made = CouncilMember(
        community_id=community_id,
        account_id=account_id,
        name=full,
        title=" ".join(title.split())[:LONGEST_LINE],
        since=day_in_beijing(now),
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, community_id, "add_council_member", "council_member", made.id, now=now)
    return made


def end_member(session: Session, actor: Actor, member_id: int, *, now: datetime) -> CouncilMember:
    """The member serves no longer; past meetings keep them."""
    found = session.get(CouncilMember, member_id, populate_existing=True)
    if found is None:
        raise NotFound()
    _require(actor, found.community_id)
    if found.until is None:
        found.until = day_in_beijing(now)
        journal.note(
            session, actor, found.community_id, "end_council_member", "council_member", found.id, now=now
        )
    session.flush()
    return found


def _serving(community_id: int, day: date) -> Select[CouncilMember]:
    return select(CouncilMember).where(
        CouncilMember.community_id == community_id,
        or_(CouncilMember.until.is_(None), CouncilMember.until > day),
    )


def call_meeting(session: Session, actor: Actor, community_id: int, call: Call, *, now: datetime) -> Meeting:
    """Call a meeting: every serving member is due, and a public notice gives time, place and agenda."""
    _require(actor, community_id)
    again = _same_form(session, actor, call.request_id)
    if again is not None:
        if not _called_so(session, again, call):
            raise Stale(
                what=N_("会议没有发出通知。"),
                why=N_("用这一页已经通知过一次会议，这次填的和它不一样。"),
                next_step=N_("要另外开一次会，请再按一次；您填写的文字还在下面。"),
            )
        return again
    if call.starts_at <= now:
        raise BadInput(what=N_("会议没有发出通知。"), why=N_("开会时间要晚于现在。"), field="starts_at")
    meeting = Meeting(
        community_id=community_id,
        kind=call.kind,
        title=text_of(call.title, LONGEST_LINE, "title", one_line=True),
        place=text_of(call.place, LONGEST_LINE, "place", one_line=True),
        starts_at=call.starts_at,
        agenda=text_of(call.agenda, LONGEST_BODY, "agenda"),
        called_at=now,
        called_by_id=account_of(actor),
        request_id=call.request_id,
    )
    session.add(meeting)
    session.flush()
    _put_on_agenda(session, meeting, call.proposal_ids)
    _who_is_due(session, meeting, now)
    journal.note(session, actor, community_id, "call_meeting", "meeting", meeting.id, now=now)
    _announce(session, actor, meeting, now)
    return meeting


def _same_form(session: Session, actor: Actor, request_id: str | None) -> Meeting | None:
    if not request_id:
        return None
    return session.scalar(
        select(Meeting).where(Meeting.called_by_id == actor.account_id, Meeting.request_id == request_id)
    )


def _called_so(session: Session, meeting: Meeting, call: Call) -> bool:
    """Whether this is the meeting that was called."""
    matters = session.scalars(
        select(MeetingMatter.proposal_id).where(MeetingMatter.meeting_id == meeting.id)
    ).all()
    return (meeting.kind, meeting.title, meeting.place, meeting.starts_at, meeting.agenda, set(matters)) == (
        call.kind,
        text_of(call.title, LONGEST_LINE, "title", one_line=True),
        text_of(call.place, LONGEST_LINE, "place", one_line=True),
        call.starts_at,
        text_of(call.agenda, LONGEST_BODY, "agenda"),
        set(call.proposal_ids),
    )


def _put_on_agenda(session: Session, meeting: Meeting, proposal_ids: Collection[int]) -> None:
    wanted = set(proposal_ids)
    known = session.scalars(
        select(Proposal.id)
        .where(
            Proposal.id.in_(wanted),
            Proposal.community_id == meeting.community_id,
            Proposal.stage.not_in(HIDDEN_FROM_PUBLIC),
        )
        .order_by(Proposal.number)
    ).all()
    if set(known) != wanted:
        raise BadInput(what=N_("会议没有发出通知。"), why=N_("有一个议题不在本社区。"), field="matters")
    session.add_all(
        MeetingMatter(community_id=meeting.community_id, meeting_id=meeting.id, proposal_id=matter)
        for matter in known
    )
    session.flush()


def _who_is_due(session: Session, meeting: Meeting, now: datetime) -> None:
    members = session.scalars(
        _serving(meeting.community_id, day_in_beijing(now)).order_by(CouncilMember.id)
    ).all()
    session.add_all(
        Attendance(community_id=meeting.community_id, meeting_id=meeting.id, council_member_id=member.id)
        for member in members
    )
    session.flush()


def _announce(session: Session, actor: Actor, meeting: Meeting, now: datetime) -> None:
    notices.publish(
        session,
        actor,
        meeting.community_id,
        NoticeKind.MEETING,
        now=now,
        until=meeting.starts_at,
        meeting=meeting.id,
        title=meeting.title,
        kind_of_meeting=meeting.kind.value,
        place=meeting.place,
        starts_at=meeting.starts_at.isoformat(),
        agenda=meeting.agenda,
    )
    session.flush()


def record_minutes(
    session: Session, actor: Actor, meeting_id: int, held: Minutes, *, now: datetime
) -> Meeting:
    """Record a meeting once, after it began; a mistake is corrected in the minutes of the next."""
    meeting = session.get(Meeting, meeting_id, populate_existing=True)
    if meeting is None:
        raise NotFound()
    _require(actor, meeting.community_id)
    _refuse_minutes(meeting, now)
    meeting.chair = text_of(held.chair, LONGEST_LINE, "chair", one_line=True)
    meeting.recorder = text_of(held.recorder, LONGEST_LINE, "recorder", one_line=True)
    meeting.minutes = text_of(held.minutes, LONGEST_BODY, "minutes")
    meeting.resolution = text_of(held.resolution, LONGEST_BODY, "resolution")
    meeting.minutes_at, meeting.minutes_by_id = now, account_of(actor)
    for row in session.scalars(select(Attendance).where(Attendance.meeting_id == meeting_id)):
        row.present = row.council_member_id in held.present
    for matter in session.scalars(select(MeetingMatter).where(MeetingMatter.meeting_id == meeting_id)):
        matter.ask_households = matter.proposal_id in held.ask_about
    journal.note(session, actor, meeting.community_id, "record_minutes", "meeting", meeting.id, now=now)
    session.flush()
    return meeting


def _refuse_minutes(meeting: Meeting, now: datetime) -> None:
    what = N_("会议记录没有保存。")
    if meeting.minutes_at is not None:
        raise Refusal(
            what=what,
            why=N_("这次会议的记录已经存档，不能再改。"),
            next_step=N_("要更正的，请写进下一次会议的记录。"),
        )
    if now < meeting.starts_at:
        raise Refusal(what=what, why=N_("会议还没有开始。"), next_step=N_("请在会议开始以后再记录。"))
