"""What the ledger holds of a round and of a record."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.models import Consent, LedgerLeaf


def consents_without_leaf(session: Session, round_id: int) -> int:
    """How many records of the round left no leaf; always 0, unless somebody wrote past the software."""
    records = session.scalars(
        select(func.count()).select_from(Consent).where(Consent.consent_round_id == round_id)
    ).one()
    # a leaf is of a consent of its own round, and a consent has one leaf at most: both are held by the store
    leaves = session.scalars(
        select(func.count())
        .select_from(LedgerLeaf)
        .where(LedgerLeaf.consent_round_id == round_id, LedgerLeaf.consent_id.is_not(None))
    ).one()
    return records - leaves


def leaf_of_consent(session: Session, consent_id: int) -> LedgerLeaf | None:
    """The leaf of a record."""
    return session.scalar(select(LedgerLeaf).where(LedgerLeaf.consent_id == consent_id))
