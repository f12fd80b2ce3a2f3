"""Cases that one person at a time holds: whoever took one last, as the journal says (rules 8 and 11)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Actor
from deliberate.models import Account, JournalEntry


class Hold(NamedTuple):
    """Who holds a case, and since when."""

    account_id: int
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of case, by the words under which the journal keeps what is taken."""

    subject: str
    taken: str

    def holds(self, session: Session, ids: Collection[int]) -> dict[int, Hold]:
        """Who took each of these cases last; one that nobody took is left out."""
        if not ids:
            return {}
        rows = session.execute(
            select(JournalEntry.subject_id, Account.id, Account.display_name, JournalEntry.at)
            .join(Account, Account.id == JournalEntry.account_id)
            .where(
                JournalEntry.subject == self.subject,
                JournalEntry.subject_id.in_(ids),
                JournalEntry.what == self.taken,
            )
            .order_by(JournalEntry.id)
        )
        return {case_id: Hold(account_id, name, at) for case_id, account_id, name, at in rows}

    def hold_of(self, session: Session, actor: Actor, case_id: int) -> Hold | None:
        """The hold of this very person on a case, if it is theirs."""
        hold = self.holds(session, [case_id]).get(case_id)
        return hold if hold and hold.account_id == actor.account_id else None
