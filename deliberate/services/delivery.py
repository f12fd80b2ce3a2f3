"""Delivery: every record that reaches the server is stored in its exact bytes first, and judged second.

The same delivery again changes nothing. The caller holds `Lock.answers(judging.entries_of(…))`, commits once,
and only then replies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Actor
from deliberate.domain.sync import Envelope, Reason, Verdict, sha256_of
from deliberate.models import TabletDecision, TabletRecord
from deliberate.queries import devices

from . import journal, together
from .arrivals import RAW as RAW
from .arrivals import SYNC as SYNC
from .arrivals import ZIP as ZIP
from .arrivals import Arrival, row_of
from .arrivals import Result as Result
from .arrivals import Sender as Sender
from .arrivals import arrivals as arrivals
from .judging import judge_all, waiting_for, waiting_for_these, waiting_in_vain
from .tablet_evidence import declare

_Here = dict[str, list[TabletRecord]]
"""What is in the inbox under each id of the batch."""


@dataclass(slots=True)
class _Taken:
    """One record of a batch on its way through."""

    index: int
    record_id: str
    verdict: Verdict | None = None
    record: TabletRecord | None = field(default=None)


def take(session: Session, sender: Sender, sent: Sequence[Any], *, key: bytes, now: datetime) -> list[Result]:
    """Store every record of the batch, judge the new ones in the order in which they were sealed, and tell.

    Those that are like most are taken together; the others one by one, after them.
    """
    _in_turn(session, sender)
    every = arrivals(sent)
    here = devices.under(session, [one.record_id for one in every])
    done = together.take(session, sender, every, here, key=key, now=now)
    rest = [
        _take(session, sender, index, one, here, now) for index, one in enumerate(every) if index not in done
    ]
    new = [one.record for one in rest if one.record is not None and one.verdict is None]
    settled = [one.record_id for one in done.values() if one.verdict is not Verdict.PENDING_EVIDENCE]
    waited = [
        *waiting_for_these(session, sender.community_id, sender.device_uuid, settled),
        *(
            one
            for broken in new
            if broken.verdict is Verdict.QUARANTINED
            for one in waiting_for(session, broken)
        ),
        *waiting_in_vain(session, sender.device),
    ]
    judge_all(session, [*new, *waited], key=key, now=now)
    missing = devices.missing(session, [one.record for one in rest if one.record is not None])
    told = [
        result_of(one.index, one.record, missing[one.record.id], one.verdict)
        if one.record is not None
        else Result(one.index, one.record_id, Verdict.RETRY, Verdict.RETRY)
        for one in rest
    ]
    return sorted([*told, *done.values()], key=lambda result: result.index)


def _in_turn(session: Session, sender: Sender) -> None:
    """Deliveries of one device come one after the other, and what was revoked meanwhile is."""
    if sender.device is not None:
        session.flush()  # what it has just said of itself
        session.refresh(sender.device, with_for_update=True)


def _take(session: Session, sender: Sender, index: int, one: Arrival, here: _Here, now: datetime) -> _Taken:
    if one.junk:
        return _keep(session, sender, index, one, here, now, Reason.BAD_FORM)
    if one.envelope.intact:
        return _keep(session, sender, index, one, here, now, None)
    if sender.via == SYNC:
        return _Taken(index, one.record_id)
    sent = one.envelope
    whole = Envelope(sent.record_id, sent.seq, sha256_of(sent.payload), sent.payload)
    return _keep(session, sender, index, Arrival(whole), here, now, Reason.BAD_HASH)


def _keep(
    session: Session,
    sender: Sender,
    index: int,
    one: Arrival,
    here: _Here,
    now: datetime,
    fault: Reason | None,
) -> _Taken:
    """In the inbox once: the same bytes are a duplicate, other bytes under the same id a mismatch."""
    for _ in range(2):
        under = here.setdefault(one.record_id, [])
        known = next((kept for kept in under if kept.sha256 == one.envelope.sha256), None)
        if known is not None:
            mismatch = known.verdict is Verdict.MISMATCH
            return _Taken(index, one.record_id, Verdict.MISMATCH if mismatch else Verdict.DUPLICATE, known)
        other = any(kept.verdict is not Verdict.MISMATCH for kept in under)
        try:
            with session.begin_nested():
                record = _store(session, sender, one, now, fault, mismatch=other)
        except IntegrityError:  # it came by another way at the same moment, and is here now
            here.update(devices.under(session, [one.record_id]))
            continue
        under.append(record)
        return _Taken(index, one.record_id, Verdict.MISMATCH if other else None, record)
    return _Taken(index, one.record_id)


def _store(
    session: Session,
    sender: Sender,
    one: Arrival,
    now: datetime,
    fault: Reason | None,
    *,
    mismatch: bool,
) -> TabletRecord:
    verdict = Verdict.QUARANTINED if fault else Verdict.PENDING_EVIDENCE
    row = row_of(sender, one.envelope, one.payload, Verdict.MISMATCH if mismatch else verdict, now)
    record = TabletRecord(**{**row, "reason": None if mismatch else fault})
    session.add(record)
    session.flush()
    if one.payload is not None:
        declare(session, record, one.payload)
    if mismatch or fault:
        what = "delivery_mismatch" if mismatch else "delivery_quarantined"
        journal.note(session, Actor(), record.community_id, what, "tablet_record", record.id, now=now)
        session.flush()
    return record


def result_of(
    index: int, record: TabletRecord, missing: Sequence[str], verdict: Verdict | None = None
) -> Result:
    """How the record stands, as a tablet may know it."""
    return Result(
        index,
        record.record_id,
        verdict or record.verdict,
        record.verdict,
        record.id,
        record.reason,
        tuple(missing),
        record.waits_for,
        tuple(record.late_rounds.get("rounds", ())),
    )


def results_of(session: Session, records: Sequence[TabletRecord]) -> list[Result]:
    """How these stand now."""
    missing = devices.missing(session, records)
    return [result_of(index, record, missing[record.id]) for index, record in enumerate(records)]


def status(session: Session, device_uuid: str, record_ids: Sequence[str]) -> list[Result]:
    """How these records of the device stand; one that is not here is to be sent."""
    found = {
        record.record_id: record
        for record in session.scalars(
            select(TabletRecord).where(
                TabletRecord.device_uuid == device_uuid,
                TabletRecord.record_id.in_(record_ids),
                TabletRecord.verdict != Verdict.MISMATCH,
            )
        )
    }
    missing = devices.missing(session, list(found.values()))
    decided = select(TabletDecision.tablet_record_id).where(
        TabletDecision.tablet_record_id.in_([record.id for record in found.values()]),
        TabletDecision.accepted.is_(False),
    )
    left_out = set(session.scalars(decided))
    return [
        replace(
            result_of(index, found[record_id], missing[found[record_id].id]),
            left_out=found[record_id].id in left_out,
        )
        if record_id in found
        else Result(index, record_id, Verdict.RETRY, Verdict.RETRY)
        for index, record_id in enumerate(record_ids)
    ]
