"""Whether the ledger's head at the closing of a round has left our hands: only then are the dice thrown."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.ledger.head import HeadReason
from deliberate.models import Anchor, LedgerHead


def closing_head_anchored(session: Session, round_id: int) -> bool:
    """Whether somebody else holds the head that was made when the round closed."""
    return (
        session.scalars(
            select(Anchor.id)
            .join(LedgerHead, LedgerHead.id == Anchor.head_id)
            .where(LedgerHead.consent_round_id == round_id, LedgerHead.why == HeadReason.CLOSING)
            .limit(1)
        ).first()
        is not None
    )
