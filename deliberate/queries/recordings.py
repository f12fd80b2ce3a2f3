"""Recordings of plans, as they are played."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.models import PlanRecording, PlanVersion, Proposal

__all__ = ["PlanRecording", "by_digest", "number_of", "playing", "spoken"]


def playing(session: Session, plan_version_id: int) -> dict[str, PlanRecording]:
    """By language, the newest recording that was not taken away."""
    rows = session.scalars(
        select(PlanRecording)
        .where(PlanRecording.plan_version_id == plan_version_id, PlanRecording.ended_at.is_(None))
        .order_by(PlanRecording.id)
    )
    return {row.language: row for row in rows}


def spoken(session: Session, plan_version_id: int, language: str) -> PlanRecording | None:
    """The recording of that plan in that language."""
    return playing(session, plan_version_id).get(language)


def by_digest(session: Session, digest: str) -> PlanRecording | None:
    """A recording that is still played, by the SHA-256 of its bytes."""
    return session.scalar(
        select(PlanRecording)
        .where(PlanRecording.sha256 == digest, PlanRecording.ended_at.is_(None))
        .order_by(PlanRecording.id)
        .limit(1)
    )


def number_of(session: Session, plan_version_id: int) -> int:
    """The number of the matter whose plan it is."""
    return session.scalars(
        select(Proposal.number)
        .join(PlanVersion, PlanVersion.proposal_id == Proposal.id)
        .where(PlanVersion.id == plan_version_id)
    ).one()
