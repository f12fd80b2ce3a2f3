"""Which records of a household a member is shown (rules 11 and 12).

Whoever holds its letter, and whoever serves at the desk, can make somebody a member of a home. So while a round is not
closed a membership opens only what was recorded after it began, and what its own account recorded; a password that
was given at the desk counts as a beginning, too. Any other record is shown to whoever holds its code.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Actor, speaks_by_account
from deliberate.domain.round import RoundStatus
from deliberate.models import JournalEntry, Membership

from . import subjects
from .on_roll import Entry, Round


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person sees of one voice in one round, by their account."""

    account_id: int | None = None
    closed: bool = False
    since: datetime | None = None
    """When the membership began; None for who is no member."""
    given: datetime | None = None
    """When the desk last gave the account a password."""

    def opens(self, recorded_by: int | None, at: datetime) -> bool:
        """Whether a record that this account made at that time, or some other did, is shown."""
        if self.since is None:
            return False
        if self.closed:
            return True
        if self.given is not None and at <= self.given:
            return False
        return recorded_by == self.account_id or at > self.since


NOTHING = Sight()


def of(session: Session, actor: Actor, entry: Entry, consent_round: Round) -> Sight:
    """What the actor's own account sees of the records of this entry; of a letter's holder nothing."""
    about = subjects.of_voice(session, entry)
    if actor.account_id is None or not speaks_by_account(actor, about):
        return NOTHING
    given = select(func.max(JournalEntry.at)).where(
        JournalEntry.subject == "account",
        JournalEntry.subject_id == actor.account_id,
        JournalEntry.what == "password_given",
    )
    homes = about.owned_ids or {entry.household_id}
    since, password_given = session.execute(
        select(func.min(Membership.joined_at), given.scalar_subquery()).where(
            Membership.account_id == actor.account_id,
            Membership.household_id.in_(homes),
            Membership.as_owner if about.owned_ids else Membership.lives_there,
            Membership.ended_at.is_(None),
        )
    ).one()
    closed = consent_round.status is RoundStatus.CLOSED
    return Sight(actor.account_id, closed, since, password_given)
