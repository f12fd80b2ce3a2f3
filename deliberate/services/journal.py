"""The journal: what happened, in the past tense, in the same transaction as the deed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.permissions import Actor
from deliberate.models import InboxMessage, JournalEntry
from deliberate.queries.cases import Kind
from deliberate.queries.prepared import adding

_ENTRY = adding(
    JournalEntry, "community_id", "at", "account_id", "letter_id", "what", "subject", "subject_id", "data"
)


_NOTHING: dict[str, object] = {}


def _by(actor: Actor, community_id: int, subject: str, now: datetime) -> dict[str, object]:
    """What every entry of one deed has in common."""
    return {
        "community_id": community_id,
        "at": now,
        "account_id": actor.account_id,
        "letter_id": actor.letter_id,
        "subject": subject,
        "data": _NOTHING,
    }


def note(
    session: Session,
    actor: Actor,
    community_id: int,
    what: str,
    subject: str,
    subject_id: int,
    *,
    now: datetime,
    **data: object,
) -> None:
    """Write one entry. `data` holds ids and numbers only: no names, telephones or answers."""
    row = {**_by(actor, community_id, subject, now), "what": what, "subject_id": subject_id, "data": data}
    session.add(JournalEntry(**row))


def take(
    session: Session, actor: Actor, community_id: int, kind: Kind, case_id: int, *, now: datetime
) -> None:
    """From now on this person holds the case, until another takes it."""
    note(session, actor, community_id, kind.taken, kind.subject, case_id, now=now)
    session.flush()


def write(
    session: Session,
    actor: Actor,
    community_id: int,
    what: str,
    subject: str,
    subject_id: int,
    *,
    now: datetime,
) -> None:
    """`note` for what happens most: the row goes straight to the store."""
    _ENTRY.do(session, {**_by(actor, community_id, subject, now), "what": what, "subject_id": subject_id})


def write_each(
    session: Session,
    community_id: int,
    done: Sequence[tuple[Actor, str, int]],
    subject: str,
    *,
    now: datetime,
) -> None:
    """`write` for what each of these did, to which subject."""
    rows = [
        {**_by(actor, community_id, subject, now), "what": what, "subject_id": number}
        for actor, what, number in done
    ]
    _ENTRY.each(session, rows)


def tell(
    session: Session,
    account_id: int | None,
    community_id: int,
    kind: str,
    *,
    now: datetime,
    proposal_id: int | None = None,
    **data: object,
) -> None:
    """Leave a message for an account, if there is one."""
    if account_id is None:
        return
    session.add(
        InboxMessage(
            community_id=community_id,
            account_id=account_id,
            proposal_id=proposal_id,
            kind=kind,
            data=dict(data),
            at=now,
        )
    )
