"""A tablet's record gets its verdict, and waits for nothing any more."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deliberate.domain.permissions import Actor
from deliberate.domain.sync import Reason, Verdict
from deliberate.models import TabletRecord

from . import happenings, journal


def settle(
    session: Session,
    record: TabletRecord,
    verdict: Verdict,
    now: datetime,
    reason: Reason | None = None,
    why: dict[str, Any] | None = None,
) -> None:
    """What became of it; of one that does not come into force the journal keeps why."""
    record.verdict, record.reason, record.why, record.judged_at = verdict, reason, why or {}, now
    record.waits_for, record.waits_for_earlier = None, False
    happenings.count(session, happenings.VERDICTS, verdict.value)
    session.flush()
    if reason is not None:
        journal.note(
            session,
            Actor(),
            record.community_id,
            "delivery_quarantined",
            "tablet_record",
            record.id,
            now=now,
            reason=reason.value,
        )


def end_waiting(session: Session, record: TabletRecord, now: datetime) -> None:
    """One that waits comes into force no more: what it waited for is not waited for any longer."""
    if record.verdict is not Verdict.PENDING_EVIDENCE:
        return
    for_evidence = record.waits_for is None and not record.waits_for_earlier
    reason = Reason.BAD_EVIDENCE if for_evidence else Reason.BY_HAND
    settle(session, record, Verdict.QUARANTINED, now, reason)


def give_way(session: Session, record: TabletRecord, to: str, now: datetime) -> None:
    """Another record stands in its place from now on."""
    end_waiting(session, record, now)
    record.replaced_by = to
    session.flush()
