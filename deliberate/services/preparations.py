"""A round that is prepared and not yet open: it belongs to one plan, and goes when that plan is taken back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Actor
from deliberate.domain.round import RoundStatus
from deliberate.models import ConsentRound, PlanVersion

from . import journal


def newest_plan(session: Session, proposal_id: int) -> PlanVersion | None:
    """The text that the matter stands by now."""
    return session.scalars(
        select(PlanVersion).where(PlanVersion.proposal_id == proposal_id).order_by(PlanVersion.n.desc())
    ).first()


def running_round(session: Session, proposal_id: int) -> ConsentRound | None:
    """The round of the matter that is prepared, open or being counted."""
    return session.scalar(
        select(ConsentRound)
        .where(
            ConsentRound.proposal_id == proposal_id,
            ConsentRound.status.not_in((RoundStatus.CLOSED, RoundStatus.DROPPED)),
        )
        .execution_options(populate_existing=True)
    )


def drop(session: Session, actor: Actor, prepared: ConsentRound, reason: str, *, now: datetime) -> None:
    """The preparation ends, with its reason; a new one may be made."""
    prepared.status = RoundStatus.DROPPED
    journal.note(
        session,
        actor,
        prepared.community_id,
        "round_dropped",
        "consent_round",
        prepared.id,
        now=now,
        reason=reason,
    )
    session.flush()


def drop_with_its_plan(
    session: Session, actor: Actor, proposal_id: int, reason: str, *, now: datetime
) -> None:
    """What was prepared for a plan that is taken back just now; the caller holds the matter."""
    prepared = running_round(session, proposal_id)
    if prepared is not None and prepared.status is RoundStatus.PREPARED:
        drop(session, actor, prepared, reason, now=now)
