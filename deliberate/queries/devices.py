"""Tablets: whose they are, what has come of their records, and what has not."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from deliberate.domain import sync
from deliberate.domain.errors import NotFound
from deliberate.domain.sync import ARRIVED, Verdict
from deliberate.domain.tablet_report import Alarm, Told, alarms, read_report
from deliberate.models import (
    Account,
    ChangeCounter,
    DeclaredEvidence,
    Device,
    DeviceEnrolment,
    EvidenceUpload,
    QuietTime,
    ServerEpoch,
    TabletDecision,
    TabletRecord,
)

from .prepared import Listed, Prepared

_EPOCH = Prepared(select(ServerEpoch.epoch).order_by(ServerEpoch.id.desc()).limit(literal_column("1")))
_CURSOR = Prepared(select(ChangeCounter.seq).where(ChangeCounter.community_id == bindparam("community_id")))
_ARRIVED = Prepared(
    select(func.count(TabletRecord.seq.distinct()), func.max(TabletRecord.seq)).where(
        TabletRecord.device_uuid == bindparam("device_uuid")
    )
)
_SOME_PENDING = Prepared(
    select(TabletRecord.id)
    .where(
        TabletRecord.device_uuid == bindparam("device_uuid"), TabletRecord.verdict == Verdict.PENDING_EVIDENCE
    )
    .limit(literal_column("1"))
)


def epoch(session: Session) -> str:
    """The epoch in force; empty before the first device."""
    found = _EPOCH.first(session)
    return str(found[0]) if found else ""


def by_token(session: Session, token_hash: str) -> Device | None:
    """The device that was given the token."""
    return session.scalar(select(Device).where(Device.token_hash == token_hash))


def by_id(session: Session, device_id: int | None) -> Device:
    """The device as it stands now."""
    return session.get_one(Device, device_id)


def by_uuid(session: Session, uuid: str) -> Device | None:
    """The device that calls itself so."""
    return session.scalar(select(Device).where(Device.uuid == uuid))


def sequence(session: Session, device_uuid: str) -> sync.Sequence:
    """What of the device's records has arrived. Numbers begin at 1: as many as the greatest leave no gap."""
    [(many, last)] = _ARRIVED.rows(session, device_uuid=device_uuid)
    if many == (last or 0):
        return sync.Sequence(many, many, ())
    numbers = session.scalars(
        select(TabletRecord.seq).where(TabletRecord.device_uuid == device_uuid, TabletRecord.seq.is_not(None))
    )
    return sync.sequence(number for number in numbers if number is not None)


def cursor(session: Session, community_id: int) -> int:
    """The last number given to a change at a door."""
    found = _CURSOR.first(session, community_id=community_id)
    return int(found[0]) if found else 0


def original(session: Session, record_id: str, *, held: bool = False) -> TabletRecord | None:
    """The record that holds under this id; `held`: as it stands once whoever decides on it is done."""
    question = select(TabletRecord).where(
        TabletRecord.record_id == record_id, TabletRecord.verdict != Verdict.MISMATCH
    )
    if not held:
        return session.scalar(question)
    return session.scalar(question.with_for_update(), execution_options={"populate_existing": True})


def under(session: Session, record_ids: Collection[str]) -> dict[str, list[TabletRecord]]:
    """By id, everything that came under these ids; of a new batch that is nothing."""
    found: dict[str, list[TabletRecord]] = {}
    if not _KNOWN.rows(session, record_ids):
        return found
    for one in session.scalars(
        select(TabletRecord).where(TabletRecord.record_id.in_(record_ids)).order_by(TabletRecord.id)
    ):
        found.setdefault(one.record_id, []).append(one)
    return found


_KNOWN = Listed(
    lambda ids: select(TabletRecord.record_id, TabletRecord.sha256).where(TabletRecord.record_id.in_(ids))
)


def known(session: Session, record_ids: Collection[str]) -> set[tuple[str, str]]:
    """Id and hash of everything that came under these ids."""
    return {(row[0], row[1]) for row in _KNOWN.rows(session, record_ids)}


def missing(session: Session, records: Collection[TabletRecord]) -> dict[int, list[str]]:
    """By record, the hashes of the declared evidence that is not here yet; none when another took its place."""
    found: dict[int, list[str]] = {record.id: [] for record in records}
    device_of = {record.id: record.device_uuid for record in records if record.replaced_by is None}
    if not device_of:
        return found
    declared = session.execute(
        select(DeclaredEvidence.tablet_record_id, DeclaredEvidence.sha256)
        .where(DeclaredEvidence.tablet_record_id.in_(device_of))
        .order_by(DeclaredEvidence.id)
    ).all()
    here = arrived(session, set(device_of.values()), {sha256 for _, sha256 in declared})
    for record_id, sha256 in declared:
        if (device_of[record_id], sha256) not in here and sha256 not in found[record_id]:
            found[record_id].append(sha256)
    lacking = [record_id for record_id, hashes in found.items() if hashes]
    return {**found, **{record_id: [] for record_id in _decided(session, lacking)}}


def _decided(session: Session, ids: Collection[int]) -> Sequence[int]:
    """Those of these records on which a person has decided."""
    if not ids:
        return ()
    return session.scalars(
        select(TabletDecision.tablet_record_id).where(TabletDecision.tablet_record_id.in_(ids))
    ).all()


def arrived(session: Session, devices: Collection[str], hashes: Collection[str]) -> set[tuple[str, str]]:
    """Of these pieces, by device and hash, those that are here whole."""
    if not hashes:
        return set()
    rows = session.execute(
        select(EvidenceUpload.device_uuid, EvidenceUpload.sha256).where(
            EvidenceUpload.device_uuid.in_(devices),
            EvidenceUpload.sha256.in_(hashes),
            EvidenceUpload.state.in_(ARRIVED),
        )
    )
    return {(device, sha256) for device, sha256 in rows}


def pending(session: Session, device_uuid: str) -> Sequence[TabletRecord]:
    """What the device delivered and what still waits, in the order in which it was sealed; mostly that is nothing."""
    if _SOME_PENDING.first(session, device_uuid=device_uuid) is None:
        return []
    return session.scalars(
        select(TabletRecord)
        .where(TabletRecord.device_uuid == device_uuid, TabletRecord.verdict == Verdict.PENDING_EVIDENCE)
        .order_by(TabletRecord.seq, TabletRecord.id)
    ).all()


def quiet_times(session: Session, community_id: int, now: datetime) -> Sequence[QuietTime]:
    """The spans in which nobody is visited, from now on."""
    return session.scalars(
        select(QuietTime)
        .where(
            QuietTime.community_id == community_id, QuietTime.ends_at > now, QuietTime.dropped_at.is_(None)
        )
        .order_by(QuietTime.starts_at, QuietTime.id)
    ).all()


def quiet_time(session: Session, quiet_id: int, community_id: int) -> QuietTime:
    """One span; NotFound when it is another community's."""
    found = session.get(QuietTime, quiet_id)
    if found is None or found.community_id != community_id:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One tablet as the office sees it."""

    device: Device
    person: str
    sequence: sync.Sequence
    counts: dict[Verdict, int]
    oldest_pending_at: datetime | None
    """Since when the oldest record here waits for its evidence."""

    @property
    def told(self) -> Told:
        """What it last said of itself."""
        return read_report(self.device.report)

    @property
    def here(self) -> int:
        """Records of it that are here."""
        return sum(self.counts.values())

    @property
    def made(self) -> int:
        """Records that it is known to have sealed."""
        return max(self.sequence.max_seq, self.told.made or 0)

    def alarms(self, now: datetime) -> tuple[Alarm, ...]:
        """What somebody must look after."""
        skew = timedelta(seconds=self.device.skew_seconds)
        return alarms(self.told, self.sequence, skew=skew, last_seen=self.device.last_seen_at, now=now)


def of_community(session: Session, community_id: int) -> list[DeviceLine]:
    """Every tablet of the community, those in force first, the one heard last first."""
    rows = session.execute(
        select(Device, Account.display_name)
        .join(Account, Account.id == Device.account_id)
        .where(Device.community_id == community_id)
        .order_by(
            Device.revoked_at.is_not(None),
            Device.last_seen_at.is_(None),
            Device.last_seen_at.desc(),
            Device.id,
        )
    ).all()
    uuids = [device.uuid for device, _ in rows]
    numbers: dict[str, list[int]] = defaultdict(list)
    for uuid, seq in session.execute(
        select(TabletRecord.device_uuid, TabletRecord.seq).where(
            TabletRecord.device_uuid.in_(uuids), TabletRecord.seq.is_not(None)
        )
    ):
        numbers[uuid].append(seq or 0)
    counts, oldest = _standing(session, uuids)
    return [
        DeviceLine(
            device, person, sync.sequence(numbers[device.uuid]), counts[device.uuid], oldest.get(device.uuid)
        )
        for device, person in rows
    ]


def _standing(
    session: Session, uuids: Collection[str]
) -> tuple[defaultdict[str, dict[Verdict, int]], dict[str, datetime]]:
    """By tablet: how many of its records stand where, and since when the oldest waits for evidence."""
    counts: defaultdict[str, dict[Verdict, int]] = defaultdict(dict)
    oldest: dict[str, datetime] = {}
    for uuid, verdict, number, since in session.execute(
        select(
            TabletRecord.device_uuid,
            TabletRecord.verdict,
            func.count(),
            func.min(TabletRecord.received_at),
        )
        .where(TabletRecord.device_uuid.in_(uuids))
        .group_by(TabletRecord.device_uuid, TabletRecord.verdict)
    ):
        counts[uuid][verdict] = number
        if verdict is Verdict.PENDING_EVIDENCE:
            oldest[uuid] = since
    return counts, oldest


def newest_code(session: Session, community_id: int) -> int:
    """The number of the last enrolment code that was issued; 0 before the first."""
    of_it = DeviceEnrolment.community_id == community_id
    return session.scalar(select(func.max(DeviceEnrolment.id)).where(of_it)) or 0


def in_community(session: Session, device_id: int, community_id: int) -> Device:
    """The tablet; NotFound when it is another community's."""
    found = session.get(Device, device_id)
    if found is None or found.community_id != community_id:
        raise NotFound()
    return found


def queue(session: Session, community_id: int, *verdicts: Verdict) -> Sequence[TabletRecord]:
    """Records of the community that stand so, the oldest first; without what a correction replaced."""
    return session.scalars(
        select(TabletRecord)
        .where(
            TabletRecord.community_id == community_id,
            TabletRecord.verdict.in_(verdicts),
            TabletRecord.replaced_by.is_(None),
        )
        .order_by(TabletRecord.received_at, TabletRecord.id)
    ).all()
