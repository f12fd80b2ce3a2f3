"""What arrives from tablets: each record read once, and the row in which its exact bytes are kept."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_OID, uuid5

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
from deliberate.models import Device

SYNC, RAW, ZIP = "sync", "raw", "zip"
_NOTHING: dict[str, Any] = {}


@dataclass(frozen=True)
class Sender:
    """Who delivers, by which way, and what is known of its clocks."""

    community_id: int
    device_uuid: str
    device: Device | None
    via: str
    sending: Sending

    @cached_property
    def kept(self) -> dict[str, Any]:
        """The clocks of the delivery, as they are kept with each record."""
        return _kept(self.sending)


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
    left_out: bool = False
    """The office has left it out for good; told where the tablet asks how it stands."""


class Arrival:
    """One record as it was sent: its envelope, and what it says, read when it is first asked for."""

    __slots__ = ("_payload", "envelope", "junk")

    def __init__(self, envelope: Envelope, *, junk: bool = False) -> None:
        self.envelope, self.junk = envelope, junk
        self._payload: Payload | Malformed | None = None

    @property
    def record_id(self) -> str:
        """Its own id, or one made of its bytes."""
        return self.envelope.record_id

    @property
    def payload(self) -> Payload | None:
        """What it says; None when it cannot be read."""
        if self._payload is None:
            try:
                self._payload = read_payload(self.envelope.payload)
            except Malformed as bad:
                self._payload = bad
        return None if isinstance(self._payload, Malformed) else self._payload


def arrivals(sent: Iterable[Any]) -> list[Arrival]:
    """Every record of a batch, whatever came in its place."""
    return [arrival(one) for one in sent]


def arrival(sent: Any) -> Arrival:
    """The record as it was sent, or as it was read off the wire already."""
    if isinstance(sent, Arrival):
        return sent
    envelope = sent if isinstance(sent, Envelope) else read_envelope(sent)
    return Arrival(envelope) if envelope is not None else _unreadable(sent)


def _unreadable(sent: Any) -> Arrival:
    """What came instead of a record, kept as it can be, under its own id or one made of its bytes."""
    try:
        data = json.dumps(sent, ensure_ascii=True).encode()
    except RecursionError:  # what can be read may still be too deep to be written
        data = b"nested too deep"
    record_id = uuid_of(sent.get("record_id")) if isinstance(sent, dict) else None
    envelope = Envelope(record_id or str(uuid5(NAMESPACE_OID, sha256_of(data))), None, sha256_of(data), data)
    return Arrival(envelope, junk=True)


def row_of(
    sender: Sender, envelope: Envelope, payload: Payload | None, verdict: Verdict, now: datetime
) -> dict[str, Any]:
    """The record as it is kept, in every column but its number."""
    return {
        "community_id": sender.community_id,
        "record_id": envelope.record_id,
        "device_uuid": sender.device_uuid,
        "device_id": sender.device.id if sender.device else None,
        "kind": None,
        "sha256": envelope.sha256,
        "payload": envelope.payload,
        "via": sender.via,
        "received_at": sender.sending.received_at,
        "sending": sender.kept,
        "verdict": verdict,
        "reason": None,
        "why": _NOTHING,
        "judged_at": now,
        "sealed_at": None,
        "about": None,
        "waits_for": None,
        "waits_for_earlier": False,
        "late_rounds": _NOTHING,
        "replaced_by": None,
        **_columns(envelope, payload, sender.sending),
    }


def declared_rows(record_number: int, payload: Payload) -> list[dict[str, Any]]:
    """What the record says it has, as rows."""
    return [
        {
            "tablet_record_id": record_number,
            "serial": serial,
            "sha256": shown.sha256,
            "size": shown.size,
            "mime": shown.mime,
            "role": shown.role,
        }
        for serial, shown in payload.declared
    ]


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


def _columns(envelope: Envelope, payload: Payload | None, sending: Sending) -> dict[str, Any]:
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
