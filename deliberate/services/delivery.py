"""Delivery: every record that reaches the server is stored in its exact bytes first, and judged second.

The same delivery again changes nothing. The caller holds `Lock.answers(judging.entries_of(…))`, commits once,
and only then replies.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Actor
from deliberate.domain.sync import (
    LARGEST_NUMBER,
    Envelope,
    Kind,
    Reason,
    Verdict,
    read_envelope,
    sha256_of,
    uuid_of,
)
from deliberate.domain.tablet_clock import Sending, happened
from deliberate.domain.tablet_fields import Malformed
from deliberate.domain.tablet_record import Payload, head_of, read_payload
from deliberate.models import Device, TabletRecord
from deliberate.queries import devices

from . import journal
from .judging import judge_all
from .tablet_evidence import declare

SYNC, RAW, ZIP = "sync", "raw", "zip"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who delivers, by which way, and what is known of its clocks."""

    community_id: int
    device_uuid: str
    device: Device | None
    via: str
    sending: Sending


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one record: of this delivery, and of the record as it stands now."""

    index: int
    record_id: str
    verdict: Verdict
    state: Verdict
    number: int | None = None
    reason: Reason | None = None
    missing: tuple[str, ...] = ()
    missing_record: str | None = None
    late_rounds: tuple[int, ...] = ()


class _Junk(Envelope):
    """What came instead of a record."""


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
    """Store every record of the batch, judge the new ones in the order in which they were sealed, and tell."""
    _in_turn(session, sender)
    envelopes = [envelope_of(one) or _unreadable(one) for one in sent]
    here = devices.under(session, [one.record_id for one in envelopes])
    taken = [_take(session, sender, index, one, here, now) for index, one in enumerate(envelopes)]
    new = [one.record for one in taken if one.record is not None and one.verdict is None]
    new.sort(key=lambda record: (record.seq or LARGEST_NUMBER, record.id))
    judge_all(session, new, key=key, now=now)
    stored = [one.record for one in taken if one.record is not None]
    missing = devices.missing(session, stored)
    return [
        result_of(one.index, one.record, missing[one.record.id], one.verdict)
        if one.record is not None
        else Result(one.index, one.record_id, Verdict.RETRY, Verdict.RETRY)
        for one in taken
    ]


def _in_turn(session: Session, sender: Sender) -> None:
    """Deliveries of one device come one after the other."""
    if sender.device is not None:
        session.execute(select(Device.id).where(Device.id == sender.device.id).with_for_update())


def envelope_of(sent: Any) -> Envelope | None:
    """The record as it was sent, or as it was read off the wire already."""
    return sent if isinstance(sent, Envelope) else read_envelope(sent)


def _take(
    session: Session, sender: Sender, index: int, one: Envelope | _Junk, here: _Here, now: datetime
) -> _Taken:
    if isinstance(one, _Junk):
        return _keep(session, sender, index, one, here, now, Reason.BAD_FORM)
    if one.intact:
        return _keep(session, sender, index, one, here, now, None)
    if sender.via == SYNC:
        return _Taken(index, one.record_id)
    whole = Envelope(one.record_id, one.seq, sha256_of(one.payload), one.payload)
    return _keep(session, sender, index, whole, here, now, Reason.BAD_HASH)


def _unreadable(sent: Any) -> _Junk:
    """What came instead of a record, kept as it can be, under its own id or one made of its bytes."""
    data = json.dumps(sent, ensure_ascii=True).encode()
    record_id = uuid_of(sent.get("record_id")) if isinstance(sent, dict) else None
    return _Junk(record_id or str(uuid5(NAMESPACE_OID, sha256_of(data))), None, sha256_of(data), data)


def _keep(
    session: Session,
    sender: Sender,
    index: int,
    envelope: Envelope,
    here: _Here,
    now: datetime,
    fault: Reason | None,
) -> _Taken:
    """In the inbox once: the same bytes are a duplicate, other bytes under the same id a mismatch."""
    for _ in range(2):
        under = here.setdefault(envelope.record_id, [])
        known = next((one for one in under if one.sha256 == envelope.sha256), None)
        if known is not None:
            mismatch = known.verdict is Verdict.MISMATCH
            return _Taken(
                index, envelope.record_id, Verdict.MISMATCH if mismatch else Verdict.DUPLICATE, known
            )
        other = any(one.verdict is not Verdict.MISMATCH for one in under)
        try:
            with session.begin_nested():
                record = _store(session, sender, envelope, now, fault, mismatch=other)
        except IntegrityError:  # it came by another way at the same moment, and is here now
            here.update(devices.under(session, [envelope.record_id]))
            continue
        under.append(record)
        return _Taken(index, envelope.record_id, Verdict.MISMATCH if other else None, record)
    return _Taken(index, envelope.record_id)


def _store(
    session: Session,
    sender: Sender,
    envelope: Envelope,
    now: datetime,
    fault: Reason | None,
    *,
    mismatch: bool,
) -> TabletRecord:
    payload = _readable(envelope.payload)
    verdict = Verdict.QUARANTINED if fault else Verdict.PENDING_EVIDENCE
    record = TabletRecord(
        community_id=sender.community_id,
        record_id=envelope.record_id,
        device_uuid=sender.device_uuid,
        device_id=sender.device.id if sender.device else None,
        sha256=envelope.sha256,
        payload=envelope.payload,
        via=sender.via,
        received_at=sender.sending.received_at,
        sending=_kept(sender.sending),
        verdict=Verdict.MISMATCH if mismatch else verdict,
        reason=None if mismatch else fault,
        judged_at=now,
        **_columns(envelope, payload, sender.sending),
    )
    session.add(record)
    session.flush()
    if payload is not None:
        declare(session, record, payload)
    if mismatch or fault:
        what = "delivery_mismatch" if mismatch else "delivery_quarantined"
        journal.note(session, Actor(), record.community_id, what, "tablet_record", record.id, now=now)
        session.flush()
    return record


def _readable(data: bytes) -> Payload | None:
    try:
        return read_payload(data)
    except Malformed:
        return None


def _kept(sending: Sending) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "skew": _seconds(sending.skew),
        "boot_id": sending.boot_id,
        "mono_ms": sending.mono_ms,
    }
    if sending.skew_before is not None:
        kept["skew_before"] = _seconds(sending.skew_before)
    return kept


def _seconds(span: timedelta) -> int:
    return max(-(10**10), min(int(span.total_seconds()), 10**10))


def _columns(envelope: Envelope, payload: Payload | None, sending: Sending) -> Mapping[str, Any]:
    """What the office looks for, taken from the payload; as far as it goes from one that cannot be read."""
    if payload is None:
        fields = head_of(envelope.payload)
        return {
            "seq": envelope.seq or _number(fields.get("seq")),
            "household_id": _number(fields.get("household_id")),
            "crew_id": _number(fields.get("crew_id")),
        }
    head = payload.head
    door = head.kind in (Kind.DOOR, Kind.CORRECTION)
    return {
        "seq": envelope.seq or head.seq,
        "kind": head.kind,
        "household_id": payload.household_id if door else None,
        "crew_id": payload.crew_id if door else None,
        "sealed_at": happened(head.sealed, head.load, sending),
        "about": payload.about,
    }


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 < value <= LARGEST_NUMBER else None


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
    return [
        result_of(index, found[record_id], missing[found[record_id].id])
        if record_id in found
        else Result(index, record_id, Verdict.RETRY, Verdict.RETRY)
        for index, record_id in enumerate(record_ids)
    ]
