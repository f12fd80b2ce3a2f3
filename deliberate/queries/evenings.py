"""Forms in the evening: what lies at the office and is not registered yet, and what was counted and signed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.round import RUNNING
from deliberate.domain.sync import Verdict
from deliberate.domain.tablet_fields import Malformed
from deliberate.domain.tablet_record import read_payload
from deliberate.models import Account, Consent, ConsentRound, Crew, EveningCount, TabletDecision, TabletRecord


def waiting(session: Session, crew_id: int) -> set[str]:
    """Serials on what the crew's tablets delivered that wait for a person or for a photograph."""
    decided = select(TabletDecision.id).where(TabletDecision.tablet_record_id == TabletRecord.id).exists()
    payloads = session.scalars(
        select(TabletRecord.payload).where(
            TabletRecord.crew_id == crew_id,
            TabletRecord.verdict.in_((Verdict.QUARANTINED, Verdict.PENDING_EVIDENCE)),
            TabletRecord.replaced_by.is_(None),
            ~decided,
        )
    )
    found = {serial for payload in payloads for serial in _serials(payload)}
    return found - set(session.scalars(select(Consent.serial).where(Consent.serial.in_(found))))


def _serials(payload: bytes) -> list[str]:
    try:
        forms = read_payload(payload).forms
    except Malformed:
        return []
    return [serials.printed(n) for form in forms if (n := serials.read(form.serial)) is not None]


def last(session: Session, crew_id: int) -> EveningCount | None:
    """The last count of the crew."""
    return session.scalars(
        select(EveningCount).where(EveningCount.crew_id == crew_id).order_by(EveningCount.id.desc()).limit(1)
    ).first()


def of_round(session: Session, round_id: int) -> Sequence[tuple[EveningCount, str, str]]:
    """Every count of the round with its crew and who signed it, the newest first."""
    rows = session.execute(
        select(EveningCount, Crew.name, Account.display_name)
        .join(Crew, Crew.id == EveningCount.crew_id)
        .join(Account, Account.id == EveningCount.by_id)
        .where(EveningCount.consent_round_id == round_id)
        .order_by(EveningCount.id.desc())
    )
    return [(count, crew, by) for count, crew, by in rows]


def differing(session: Session, community_id: int) -> Sequence[tuple[EveningCount, str]]:
    """Crews of running rounds whose last count did not come out even."""
    newer = select(EveningCount.crew_id, EveningCount.id).order_by(EveningCount.id)
    found = session.execute(newer.where(EveningCount.community_id == community_id))
    last_of = {row.crew_id: row.id for row in found}
    rows = session.execute(
        select(EveningCount, Crew.name)
        .join(Crew, Crew.id == EveningCount.crew_id)
        .join(ConsentRound, ConsentRound.id == EveningCount.consent_round_id)
        .where(
            EveningCount.id.in_(last_of.values()),
            EveningCount.difference != 0,
            ConsentRound.status.in_(RUNNING),
        )
        .order_by(EveningCount.id)
    )
    return [(count, crew) for count, crew in rows]
