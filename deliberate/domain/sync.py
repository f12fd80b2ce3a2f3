"""Delivery from a tablet: the words of the protocol, its limits, envelopes, and what is missing.

Store first, judge second: whatever arrives is kept in its exact bytes and then gets a verdict. No verdict tells
how a household answered (DESIGN §4, rule 11). The law of the wire is docs/tablet-protocol.md.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

PROTOCOL = 1
"""What this server speaks; every version that was ever given out can always deliver."""
OLDEST = 1
MOST_RECORDS = 50
MOST_BYTES = 256 * 1024
"""Of one batch, and of one chunk of evidence."""
LARGEST_RAW = 1024 * 1024
LARGEST_EVIDENCE = 10 * 1024 * 1024
LARGEST_NUMBER = 2**31 - 1
"""Of the whole numbers that both stores hold."""
_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Kind(StrEnum):
    """What a record is."""

    DOOR = "door"
    SUPPLEMENT = "supplement"
    CORRECTION = "correction"
    VOID = "void"


class Verdict(StrEnum):
    """What became of a record. Only the first three are final for the tablet, once the evidence is there."""

    ACCEPTED = "accepted"
    LATE = "late"
    QUARANTINED = "quarantined"
    PENDING_EVIDENCE = "pending_evidence"
    MISMATCH = "mismatch"
    DUPLICATE = "duplicate"
    RETRY = "retry"


STORED = (
    Verdict.ACCEPTED,
    Verdict.LATE,
    Verdict.QUARANTINED,
    Verdict.PENDING_EVIDENCE,
    Verdict.MISMATCH,
)
"""Where a stored record may stand; the other two are only replies."""

IN_FORCE = frozenset({Verdict.ACCEPTED, Verdict.LATE})
"""Of these a record counts, or counted until another took its place."""


class Reason(StrEnum):
    """Why a record is quarantined."""

    UNKNOWN_HOUSEHOLD = "unknown_household"
    UNKNOWN_MATTER = "unknown_matter"
    REVOKED_DEVICE = "revoked_device"
    UNKNOWN_DEVICE = "unknown_device"
    WRONG_DEVICE = "wrong_device"
    SERIAL_USED = "serial_used"
    SERIAL_NOT_ISSUED = "serial_not_issued"
    OWN_HOUSEHOLD = "own_household"
    WRONG_CREW = "wrong_crew"
    NOT_ON_DUTY = "not_on_duty"
    PLAN_CHANGED = "plan_changed"
    CREW_SUSPENDED = "crew_suspended"
    BAD_FORM = "bad_form"
    BAD_EVIDENCE = "bad_evidence"
    BAD_HASH = "bad_hash"
    NEWER_PROTOCOL = "newer_protocol"
    BY_HAND = "by_hand"
    SIGNED_WHEN = "signed_when"
    """It came after the deadline, and nobody can tell from its clocks whether it was signed before."""
    POISON = "poison"


OVERRULED = frozenset({Reason.REVOKED_DEVICE, Reason.CREW_SUSPENDED, Reason.SIGNED_WHEN})
"""Suspicions about who delivered, and doubts about when it was signed, which a person may set aside; everything
else is judged again as it is."""


class UploadState(StrEnum):
    """How far a piece of evidence has come."""

    NONE = "none"
    PARTIAL = "partial"
    COMPLETE = "complete"
    REFUSED = "refused"
    WRONG_HASH = "wrong_hash"


ARRIVED = frozenset({UploadState.COMPLETE, UploadState.REFUSED})
"""Every byte is here and has the hash that was promised."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One record as it travels: the exact bytes, and what the tablet says about them."""

    record_id: str
    seq: int | None
    sha256: str
    payload: bytes

    @property
    def intact(self) -> bool:
        """Whether the bytes are those that were sealed."""
        return sha256_of(self.payload) == self.sha256


def sha256_of(data: bytes) -> str:
    """In lower-case hexadecimal, as everywhere on the wire."""
    return hashlib.sha256(data).hexdigest()


def uuid_of(value: object) -> str | None:
    """The uuid in its one written form; None when it is none."""
    if not isinstance(value, str) or len(value) != 36:
        return None
    found = value.lower()
    return found if _UUID.fullmatch(found) else None


def read_envelope(sent: Any) -> Envelope | None:
    """The envelope; None when it names no record or carries no bytes."""
    if not isinstance(sent, dict):
        return None
    record_id, payload = uuid_of(sent.get("record_id")), sent.get("payload")
    if record_id is None or not isinstance(payload, str) or not payload:
        return None
    seq, sha256 = sent.get("seq"), sent.get("sha256")
    number = seq if type(seq) is int and 0 < seq <= LARGEST_NUMBER else None
    # A lone surrogate has no bytes in UTF-8; what stands in its place cannot have the hash.
    data = payload.encode(errors="replace")
    return Envelope(record_id, number, sha256 if isinstance(sha256, str) else "", data)


@dataclass(frozen=True, slots=True)
class Sequence:
    """What the server has of a device: everything up to `high_water`, nothing above `max_seq`."""

    high_water: int
    max_seq: int
    missing: tuple[tuple[int, int], ...]
    """First and last of each gap between the two."""

    def lacks_before(self, seq: int) -> bool:
        """Whether a record that was sealed earlier has not arrived."""
        return seq > self.high_water + 1


def sequence(numbers: Iterable[int]) -> Sequence:
    """From the sequence numbers that have arrived, in any order and however often."""
    last, gaps = 0, []
    for number in sorted(set(numbers)):
        if number > last + 1:
            gaps.append((last + 1, number - 1))
        last = number
    return Sequence(gaps[0][0] - 1 if gaps else last, last, tuple(gaps))
