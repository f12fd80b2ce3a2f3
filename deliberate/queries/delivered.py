"""What a tablet's record says, with its evidence: for the person who took its case, and nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.consent import Answer
from deliberate.domain.errors import NotFound
from deliberate.domain.round import EvidenceRole
from deliberate.domain.serial import printed
from deliberate.domain.serial import read as read_serial
from deliberate.domain.sync import Reason, UploadState
from deliberate.domain.tablet_fields import Malformed
from deliberate.domain.tablet_record import Attempt, Form, Payload, read_payload
from deliberate.models import (
    Building,
    Consent,
    ConsentRound,
    DeclaredEvidence,
    EvidenceUpload,
    Household,
    PlanVersion,
    RollEntry,
    TabletRecord,
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A piece of evidence that the record declares; `state` tells whether it is here."""

    declared_id: int
    serial: str
    role: EvidenceRole
    state: UploadState


@dataclass(frozen=True, slots=True)
class Paper:
    """One form with what it says on each matter; an answer to no matter of ours has no title."""

    form: Form
    said: Sequence[tuple[str, Answer]]


@dataclass(frozen=True, slots=True)
class Side:
    """One record, laid open."""

    record: TabletRecord
    payload: Payload | None
    """None when it cannot be read."""
    fault: str
    """The field that cannot be read."""
    papers: Sequence[Paper]
    pictures: Sequence[Picture]

    @property
    def visit(self) -> Attempt | None:
        """What happened at the door."""
        return self.payload.visit if self.payload else None

    @property
    def sealed_at(self) -> datetime | None:
        """As well as it can be known."""
        return self.record.sealed_at


def side(session: Session, record: TabletRecord) -> Side:
    """The record as the tablet sealed it."""
    payload, fault = None, ""
    try:
        payload = read_payload(record.payload)
    except Malformed as bad:
        fault = bad.field[:80]
    forms = payload.forms if payload else ()
    titles = _titles(session, record.community_id, payload.entries if payload else ())
    papers = [
        Paper(form, [(titles.get(one.entry_id, ""), one.answer) for one in form.said]) for form in forms
    ]
    return Side(record, payload, fault, papers, _pictures(session, record))


def _titles(session: Session, community_id: int, entries: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(RollEntry.id, PlanVersion.title)
        .join(ConsentRound, ConsentRound.id == RollEntry.consent_round_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .where(RollEntry.id.in_(entries), RollEntry.community_id == community_id)
    )
    return dict(rows.all())


def _pictures(session: Session, record: TabletRecord) -> list[Picture]:
    rows = session.execute(
        select(DeclaredEvidence, EvidenceUpload.state)
        .outerjoin(
            EvidenceUpload,
            (EvidenceUpload.device_uuid == record.device_uuid)
            & (EvidenceUpload.sha256 == DeclaredEvidence.sha256),
        )
        .where(DeclaredEvidence.tablet_record_id == record.id, DeclaredEvidence.role != EvidenceRole.STROKES)
        .order_by(DeclaredEvidence.id)
    )
    return [Picture(one.id, one.serial, one.role, state or UploadState.NONE) for one, state in rows]


@dataclass(frozen=True, slots=True)
class Use:
    """Where a serial is registered: at which home and when, never what the paper says."""

    serial: str
    home: Household
    recorded_at: datetime


def uses(session: Session, record: TabletRecord, papers: Sequence[Paper]) -> list[Use]:
    """Where the serials of a record that was refused for one are registered already."""
    numbers = serials_of(record, papers)
    rows = session.execute(
        select(Consent.serial, Household, Consent.recorded_at)
        .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
        .join(Household, Household.id == RollEntry.household_id)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(Consent.community_id == record.community_id, Consent.serial.in_(numbers))
        .order_by(Consent.id)
    )
    return [Use(serial or "", home, at) for serial, home, at in rows]


def serials_of(record: TabletRecord, papers: Sequence[Paper]) -> set[str]:
    """The serials of a record that was refused for one; of any other none is asked about."""
    if record.reason is not Reason.SERIAL_USED:
        return set()
    return {printed(n) for paper in papers if (n := read_serial(paper.form.serial)) is not None}


def record_of(session: Session, declared_id: int, community_id: int) -> TabletRecord:
    """The record that declares the piece."""
    found = session.scalar(
        select(TabletRecord)
        .join(DeclaredEvidence, DeclaredEvidence.tablet_record_id == TabletRecord.id)
        .where(DeclaredEvidence.id == declared_id, TabletRecord.community_id == community_id)
    )
    if found is None:
        raise NotFound()
    return found


def kept_file(session: Session, declared_id: int) -> tuple[str, str]:
    """Under which hash the piece is kept, and its kind; NotFound while it is not here whole."""
    row = session.execute(
        select(EvidenceUpload.kept_sha256, EvidenceUpload.kept_mime)
        .join(TabletRecord, TabletRecord.device_uuid == EvidenceUpload.device_uuid)
        .join(
            DeclaredEvidence,
            (DeclaredEvidence.tablet_record_id == TabletRecord.id)
            & (DeclaredEvidence.sha256 == EvidenceUpload.sha256),
        )
        .where(
            DeclaredEvidence.id == declared_id,
            DeclaredEvidence.role != EvidenceRole.STROKES,
            EvidenceUpload.state == UploadState.COMPLETE,
        )
    ).first()
    if row is None or not row[0]:
        raise NotFound()
    return row[0], row[1] or ""
