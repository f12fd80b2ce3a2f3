"""What awaits a resident and the household they speak for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.lifecycle import Stage
from deliberate.models import (
    Building,
    DiscussionRound,
    Estate,
    Household,
    InboxMessage,
    Proposal,
    Second,
)

from .proposals import Row, rows

UNFINISHED = (Stage.DRAFT, Stage.RETURNED)
MOST_MESSAGES = 30


@dataclass(frozen=True, slots=True)
class Home:
    """A home as its own people see it."""

    id: int
    estate: str
    building: str
    unit: str
    room: str


@dataclass(frozen=True, slots=True)
class Awaiting:
    """What one person can do now, and what became of what they raised."""

    unfinished: Sequence[Row]
    to_second: Sequence[Row]
    discussions: Sequence[Row]
    raised: Sequence[Row]
    messages: Sequence[InboxMessage]


def homes(session: Session, household_ids: Collection[int]) -> list[Home]:
    """These homes in walking order."""
    found = session.execute(
        select(Household.id, Estate.name, Building.name, Household.unit, Household.room)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .where(Household.id.in_(household_ids))
        .order_by(Household.walk, Household.id)
    )
    return [Home(*row) for row in found]


def awaiting(
    session: Session, community_id: int, household_id: int | None, account_id: int | None, now: datetime
) -> Awaiting:
    """Five queries. A letter without an account has neither drafts nor messages."""
    here = Proposal.community_id == community_id
    seconded = select(Second.proposal_id).where(Second.household_id == household_id)
    open_rounds = select(DiscussionRound.proposal_id).where(
        DiscussionRound.community_id == community_id,
        DiscussionRound.closed_at.is_(None),
        DiscussionRound.deadline > now,
    )
    own = Proposal.author_id == account_id
    return Awaiting(
        unfinished=rows(session, here, own, Proposal.stage.in_(UNFINISHED)),
        to_second=rows(
            session,
            here,
            Proposal.stage == Stage.SUBMITTED,
            Proposal.household_id.is_distinct_from(household_id),
            Proposal.id.not_in(seconded),
        ),
        discussions=rows(session, here, Proposal.stage == Stage.DISCUSSING, Proposal.id.in_(open_rounds)),
        raised=rows(session, here, own, Proposal.stage.not_in((*UNFINISHED, Stage.WITHDRAWN))),
        messages=messages(session, community_id, account_id),
    )


def messages(session: Session, community_id: int, account_id: int | None) -> Sequence[InboxMessage]:
    """Unread messages, newest first."""
    return session.scalars(
        select(InboxMessage)
        .where(
            InboxMessage.community_id == community_id,
            InboxMessage.account_id == account_id,
            InboxMessage.read_at.is_(None),
        )
        .order_by(InboxMessage.id.desc())
        .limit(MOST_MESSAGES)
    ).all()


def home_at(session: Session, community_id: int, building_id: int, unit: str, room: str) -> int | None:
    """The home in that building; without a unit, when the room is the only one of its name."""
    statement = select(Household.id).where(
        Household.community_id == community_id,
        Household.building_id == building_id,
        Household.room == room,
        Household.gone_at.is_(None),
    )
    if unit:
        statement = statement.where(Household.unit == unit)
    found = session.scalars(statement.limit(2)).all()
    return found[0] if len(found) == 1 else None
