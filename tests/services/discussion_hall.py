"""A matter under discussion, and who takes part."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.discussion import Stance
from deliberate.domain.permissions import Role
from deliberate.models import (
    DiscussionRound,
    InboxMessage,
)
from deliberate.services import comments, discussion
from deliberate.services.comments import Remark
from deliberate.services.discussion import Summary
from tests import make
from tests.make import START

SUMMARY = Summary("先修三栋。", "无", "按提案写方案。")
LATER = START + timedelta(days=8)


class Hall:
    """An accepted matter whose first round is open for seven days."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.community = make.community(session)
        homes = make.households(session, self.community, 6)
        self.moderator = make.actor(session, make.staff(session, self.community, Role.MODERATOR))
        self.proposal = make.accepted(session, self.moderator, homes[0], homes[1:4])
        self.speaker = make.actor(session, make.resident(session, homes[5]))
        other = make.community(session, "beimen", "北门社区")
        self.stranger = make.actor(session, make.resident(session, make.households(session, other, 1)[0]))
        self.other_moderator = make.actor(session, make.staff(session, other, Role.MODERATOR))
        discussion.open_discussion(session, self.moderator, self.proposal.id, make.opening(), now=START)

    def say(self, body: str = "好", stance: Stance | None = Stance.FOR, **other: object) -> int:
        remark = Remark(body, stance, **other)  # type: ignore[arg-type]
        return comments.comment(self.session, self.speaker, self.proposal.id, remark, now=START).id

    def close(self, **other: object) -> DiscussionRound:
        return discussion.close_round(
            self.session,
            self.moderator,
            self.proposal.id,
            SUMMARY,
            now=LATER,
            **other,  # type: ignore[arg-type]
        )

    def told(self, account_id: int | None) -> list[str]:
        wanted = (
            select(InboxMessage.kind).where(InboxMessage.account_id == account_id).order_by(InboxMessage.id)
        )
        return list(self.session.scalars(wanted))
