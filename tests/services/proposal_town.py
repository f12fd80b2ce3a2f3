"""A town in which matters are raised, seconded and screened."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Actor, Role
from deliberate.models import (
    InboxMessage,
    Proposal,
)
from deliberate.services import proposals, seconds
from tests import make
from tests.make import START


class Town:
    """A community of six homes with a resident each, a moderator, and a community next door."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.community = make.community(session)
        self.homes = make.households(session, self.community, 6)
        self.people = [make.actor(session, make.resident(session, home)) for home in self.homes]
        self.moderator = make.actor(session, make.staff(session, self.community, Role.MODERATOR))
        self.next_door = make.community(session, "beimen", "北门社区")
        self.stranger_home = make.households(session, self.next_door, 1)[0]
        self.stranger = make.actor(session, make.resident(session, self.stranger_home))
        self.other_moderator = make.actor(session, make.staff(session, self.next_door, Role.MODERATOR))

    def draft(self, who: int = 0, **other: object) -> Proposal:
        return proposals.draft(
            self.session,
            self.people[who],
            self.community.id,
            make.draft(**other),  # type: ignore[arg-type]
            household_id=self.homes[who].id,
            now=START,
        )

    def submitted(self, who: int = 0, **other: object) -> Proposal:
        return proposals.submit(self.session, self.people[who], self.draft(who, **other).id, now=START)

    def second(self, proposal: Proposal, *who: int) -> None:
        for n in who:
            seconds.second(self.session, self.people[n], proposal.id, self.homes[n].id, now=START)

    def told(self, who: Actor) -> list[str]:
        return list(
            self.session.scalars(
                select(InboxMessage.kind)
                .where(InboxMessage.account_id == who.account_id)
                .order_by(InboxMessage.id)
            )
        )
