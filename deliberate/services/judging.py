"""Judging what tablets delivered: each record in a savepoint of its own, whatever is wrong with the others.

A record that cannot be judged yet waits: for its evidence, for the record that it names, or for what the same
tablet sealed earlier. Whatever is judged may end the waiting of others, so that the order in which records and
evidence arrive makes no difference in the end.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from deliberate.domain.errors import Refusal
from deliberate.domain.permissions import Actor
from deliberate.domain.sync import LARGEST_NUMBER, OVERRULED, PROTOCOL, Envelope, Kind, Reason, Verdict
from deliberate.domain.tablet_fields import Malformed
from deliberate.domain.tablet_record import Payload, decode, read_payload
from deliberate.domain.tablet_report import read_report
from deliberate.models import Crew, Device, Household, RollEntry, TabletRecord
from deliberate.models.base import Base
from deliberate.queries import devices, people, suspensions
from deliberate.queries.prepared import Listed

from . import building_counts
from .arrivals import Arrival
from .papers import NothingReplaced
from .quarantining import NotYet, Quarantine, quarantine_of
from .settling import settle
from .straight_book import Straight
from .tablet_by_hand import take_back
from .tablet_corrections import correct, supplement
from .tablet_doors import Delivered, Done, seal
from .tablet_evidence import exhibits_of, refuse_unfinished

_PEOPLE = "deliberate.people_of_tablets"
_ROUNDS = Listed(lambda ids: select(RollEntry.consent_round_id, RollEntry.id).where(RollEntry.id.in_(ids)))
_WAITING = Listed(
    lambda ids: select(TabletRecord.id).where(
        TabletRecord.community_id == bindparam("community_id"),
        TabletRecord.verdict == Verdict.PENDING_EVIDENCE,
        or_(
            TabletRecord.waits_for.in_(ids),
            (TabletRecord.device_uuid == bindparam("device_uuid")) & TabletRecord.waits_for_earlier,
        ),
    )
)
log = logging.getLogger(__name__)
BREAKS = (
    SQLAlchemyError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RuntimeError,
)
"""What a poison record may do to us; it must not hold up the others."""


def judge_all(session: Session, records: Iterable[TabletRecord], *, key: bytes, now: datetime) -> list[int]:
    """Judge these that wait, then whatever waited for them, always the one that was sealed first.

    The ids of those that wait no longer.
    """
    queue, settled = _last_sealed_first(records), []
    held = _read_ahead(session, queue)
    while queue:
        record = queue.pop()
        if not _waits(record):
            continue
        judge(session, record, key=key, now=now)
        if not _waits(record):
            settled.append(record.id)
        queue = _last_sealed_first([*queue, *waiting_for(session, record)])
    del held
    return settled


def _last_sealed_first(records: Iterable[TabletRecord]) -> list[TabletRecord]:
    return sorted(records, key=lambda record: (record.seq or LARGEST_NUMBER, record.id), reverse=True)


def _read_ahead(session: Session, records: Iterable[TabletRecord]) -> list[Base]:
    """What judging these asks for one by one, read at once; in the session as long as somebody holds it."""
    many = list(records)
    homes = {record.household_id for record in many if record.household_id}
    crews = {record.crew_id for record in many if record.crew_id}
    if len(many) < 2:
        return []
    held: list[Base] = list(session.scalars(select(Household).where(Household.id.in_(homes))))
    held += session.scalars(select(Crew).where(Crew.id.in_(crews)))
    held += session.scalars(select(Device).where(Device.id.in_({one.device_id for one in many})))
    held += session.scalars(select(RollEntry).where(RollEntry.household_id.in_(homes)))
    return held


def _waits(record: TabletRecord) -> bool:
    return record.verdict is Verdict.PENDING_EVIDENCE


def waiting_for(session: Session, record: TabletRecord) -> Sequence[TabletRecord]:
    """Records that could not be judged without this one, or without the one whose place it took.

    As long as it waits itself, those to which it is enough that it is here.
    """
    if _waits(record):
        return _pending(session, record.community_id, TabletRecord.waits_for == record.record_id)
    completed = TabletRecord.record_id == (record.about or "") if record.kind is Kind.SUPPLEMENT else None
    settled = [record.record_id, *([record.about] if record.kind is Kind.CORRECTION and record.about else [])]
    waits = [
        TabletRecord.waits_for.in_(settled),
        (TabletRecord.device_uuid == record.device_uuid) & TabletRecord.waits_for_earlier,
        *([completed] if completed is not None else []),
    ]
    return _pending(session, record.community_id, *waits)


def waiting_in_vain(session: Session, device: Device | None) -> list[TabletRecord]:
    """Records that wait for an earlier one although the tablet says that it has sent all it has."""
    sent_below = read_report(device.report).unsent_from if device is not None else None
    if device is None or sent_below is None:
        return []
    waiting = devices.pending(session, device.uuid)
    return [one for one in waiting if one.waits_for_earlier and (one.seq or 0) <= sent_below]


def waiting_for_these(
    session: Session, community_id: int, device_uuid: str, record_ids: Sequence[str]
) -> Sequence[TabletRecord]:
    """Records that could not be judged without some of these doors of the device."""
    known = {"community_id": community_id, "device_uuid": device_uuid}
    if not _WAITING.rows(session, record_ids, **known):
        return []
    earlier = (TabletRecord.device_uuid == device_uuid) & TabletRecord.waits_for_earlier
    return _pending(session, community_id, TabletRecord.waits_for.in_(record_ids), earlier)


def _pending(session: Session, community_id: int, *waits: ColumnElement[bool]) -> Sequence[TabletRecord]:
    return session.scalars(
        select(TabletRecord)
        .where(
            TabletRecord.community_id == community_id,
            TabletRecord.verdict == Verdict.PENDING_EVIDENCE,
            or_(*waits),
        )
        .order_by(TabletRecord.seq, TabletRecord.id)
    ).all()


def judge(
    session: Session,
    record: TabletRecord,
    *,
    decider: Actor | None = None,
    key: bytes,
    now: datetime,
) -> bool:
    """Give one record its verdict, unless it still waits. Nothing of one that is not accepted stays but itself.

    A person who decides on it sets suspicions aside, and does what no machine does.
    """
    try:
        done = _tried(session, record, decider, key, now)
    except NotYet as wait:
        record.waits_for, record.waits_for_earlier = wait.waits_for, wait.earlier
        session.flush()
        return False
    except Quarantine as found:
        settle(session, record, Verdict.QUARANTINED, now, found.reason, found.why)
    else:
        record.late_rounds = done.told_late
        settle(session, record, done.verdict, now, None, done.why)
    return True


def _tried(session: Session, record: TabletRecord, decider: Actor | None, key: bytes, now: datetime) -> Done:
    """The deeds in a savepoint; what they refuse, and what breaks them, as a quarantine."""
    for last in (False, True):
        try:
            with building_counts.savepoint(session):
                return _judged(session, record, decider, key, now)
        except (NotYet, Quarantine):
            raise
        except NothingReplaced as refusal:
            if decider is None and _earlier_may_come(session, record):
                raise NotYet(earlier=True) from refusal
            raise quarantine_of(refusal) from refusal
        except Refusal as refusal:
            raise quarantine_of(refusal) from refusal
        except OperationalError:
            raise  # the store is busy: nothing of the batch is kept, and the tablet sends it again
        except IntegrityError as error:
            if last:  # somebody else's serial or record has come between, and has been seen by now
                raise Quarantine(Reason.POISON, error=type(error).__name__) from error
        except BREAKS as error:
            log.exception("record %s cannot be judged", record.record_id)
            raise Quarantine(Reason.POISON, error=type(error).__name__) from error
    raise AssertionError("unreachable")


def _earlier_may_come(session: Session, record: TabletRecord) -> bool:
    """Whether the same tablet sealed something earlier that still waits, or that it has and has not sent."""
    seq = record.seq or 0
    if any((one.seq or 0) < seq for one in devices.pending(session, record.device_uuid)):
        return True
    device = session.get(Device, record.device_id) if record.device_id else None
    sent_below = read_report(device.report).unsent_from if device is not None else None
    if sent_below is not None and seq <= sent_below:
        return False
    return devices.sequence(session, record.device_uuid).lacks_before(seq)


def _judged(session: Session, record: TabletRecord, decider: Actor | None, key: bytes, now: datetime) -> Done:
    overrule = OVERRULED if decider else frozenset()
    device = session.get(Device, record.device_id) if record.device_id else None
    device = sender_of(record, device, overrule)
    payload = read(record)
    stopped = suspensions.standing(session, payload.crew_id) is not None
    refuse_misdirected(record, payload, stopped=stopped, decided=decider is not None)
    at = Delivered(person_of(session, device), record, payload, key, now, overrule, decider)
    exhibits = exhibits_of(session, record, payload)
    if payload.head.kind is Kind.SUPPLEMENT:
        return supplement(session, at)
    if decider is not None and payload.head.kind is Kind.VOID:
        return take_back(session, at, decider)
    refuse_unfinished(payload, exhibits)
    if payload.head.kind is Kind.CORRECTION:
        return correct(session, at, exhibits)
    return seal(Straight(session), at, exhibits)


def sender_of(record: TabletRecord, device: Device | None, overrule: frozenset[Reason]) -> Device:
    """The device that delivered it; a record of an unknown or revoked one waits for a person."""
    if device is None or device.community_id != record.community_id:
        raise Quarantine(Reason.UNKNOWN_DEVICE)
    if device.revoked_at is not None and Reason.REVOKED_DEVICE not in overrule:
        raise Quarantine(Reason.REVOKED_DEVICE)
    return device


def refuse_misdirected(record: TabletRecord, payload: Payload, *, stopped: bool, decided: bool) -> None:
    """What says it is another record, what no machine does alone, and what a stopped crew delivers."""
    head = payload.head
    if head.device_id != record.device_uuid:
        raise Quarantine(Reason.WRONG_DEVICE)
    if head.record_id != record.record_id or head.seq != (record.seq or head.seq):
        raise Quarantine(Reason.BAD_FORM, field="record_id")
    if head.kind is Kind.VOID and not decided:
        raise Quarantine(Reason.BY_HAND)
    if stopped and not decided:
        raise Quarantine(Reason.CREW_SUSPENDED)


def read(record: TabletRecord) -> Payload:
    """What the record says; Quarantine when it cannot be read."""
    try:
        version = decode(record.payload).data.get("v")
        if type(version) is int and version > PROTOCOL:
            raise Quarantine(Reason.NEWER_PROTOCOL, version=min(version, 10**6))
        return read_payload(record.payload)
    except Malformed as bad:
        raise Quarantine(Reason.BAD_FORM, field=bad.field[:80]) from bad


def person_of(session: Session, device: Device) -> Actor:
    """The tablet's person as they are now, with their homes and roles."""
    known: dict[int, Actor] = session.info.setdefault(_PEOPLE, {})
    if device.account_id not in known:
        known[device.account_id] = people.actor(session, account_id=device.account_id)
    return known[device.account_id]


def entries_of(session: Session, payloads: Iterable[bytes], device_uuid: str) -> list[tuple[int, int]]:
    """Round and entry of everything that judging these may write to, to be locked before."""
    return _to_lock(session, (Arrival(Envelope("", None, "", data)) for data in payloads), device_uuid)


def entries_to_lock(session: Session, every: Sequence[Arrival], device_uuid: str) -> list[tuple[int, int]]:
    """The same of a batch: what is here already is not judged again."""
    here = devices.known(session, [one.record_id for one in every])
    new = [one for one in every if (one.record_id, one.envelope.sha256) not in here]
    return _to_lock(session, new, device_uuid)


def _to_lock(session: Session, every: Iterable[Arrival], device_uuid: str) -> list[tuple[int, int]]:
    waiting = [Arrival(Envelope("", None, "", one.payload)) for one in devices.pending(session, device_uuid)]
    wanted = {entry for one in (*every, *waiting) if one.payload for entry in one.payload.entries}
    return [(row[0], row[1]) for row in _ROUNDS.rows(session, wanted)]
