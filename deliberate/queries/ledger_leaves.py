"""What the ledger holds of a round and of a record."""

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from deliberate.models import Consent, LedgerLeaf


def consents_without_leaf(session: Session, round_id: int) -> int:
    """How many records of the round left no leaf; always 0, unless somebody wrote past the software."""
    missing = select(func.count(Consent.id)).where(
        Consent.consent_round_id == round_id, ~exists().where(LedgerLeaf.consent_id == Consent.id)
    )
    return session.scalars(missing).one()


def leaf_of_consent(session: Session, consent_id: int) -> LedgerLeaf | None:
    """The leaf of a record."""
    return session.scalar(select(LedgerLeaf).where(LedgerLeaf.consent_id == consent_id))
