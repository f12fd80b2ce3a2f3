"""Which evidence a tablet's record has, and whether it is enough to judge the record by."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from deliberate.domain import serial as serials
from deliberate.domain.round import EvidenceRole
from deliberate.domain.sync import Kind, Reason, UploadState, Verdict
from deliberate.domain.tablet_record import Payload
from deliberate.models import DeclaredEvidence, EvidenceUpload, TabletRecord
from deliberate.queries import stacks
from deliberate.queries.batch_facts import Upload

from .arrivals import declared_rows
from .exhibits import Exhibit
from .quarantining import NotYet, Quarantine

Exhibits = Mapping[str, tuple[Exhibit, ...]]
_SIGNED = {EvidenceRole.PHOTO, EvidenceRole.SIGNATURE}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece that was declared for a record, by itself or (not its own) by a supplement, and how far it has come."""

    serial: str
    role: EvidenceRole
    upload: EvidenceUpload | Upload | None
    own: bool = True


def declare(session: Session, record: TabletRecord, payload: Payload) -> None:
    """Write down what the record says it has."""
    session.add_all(DeclaredEvidence(**row) for row in declared_rows(record.id, payload))
    session.flush()


def exhibits_of(session: Session, record: TabletRecord, payload: Payload) -> Exhibits:
    """By serial, the kept files of the record and of its supplements; NotYet while its own are on their way."""
    found = gathered(_pieces(session, record))
    if any(form.photo_follows for form in payload.forms):
        for serial, kept in _brought_later(session, record, payload):
            found[serial].append(kept)
    return once(found)


def gathered(pieces: Iterable[Piece]) -> defaultdict[str, list[Exhibit]]:
    """By serial, what is kept of these."""
    found: defaultdict[str, list[Exhibit]] = defaultdict(list)
    for piece in pieces:
        upload = piece.upload
        if upload is not None and upload.state is UploadState.REFUSED:
            raise Quarantine(Reason.BAD_EVIDENCE)
        if upload is not None and upload.state is UploadState.COMPLETE and upload.kept_sha256:
            size = upload.kept_size or upload.length
            found[piece.serial].append(Exhibit(piece.role, upload.kept_sha256, upload.kept_mime or "", size))
        elif piece.own:
            raise NotYet()
    return found


def once(found: Mapping[str, Iterable[Exhibit]]) -> Exhibits:
    """Each file once for each serial."""
    return {serial: tuple(dict.fromkeys(kept)) for serial, kept in found.items()}


def _brought_later(session: Session, record: TabletRecord, payload: Payload) -> list[tuple[str, Exhibit]]:
    """Photographs from a stack at the desk, each under its serial as the record writes it."""
    written = {serials.read(form.serial): form.serial for form in payload.forms}
    return [
        (written[serials.read(one.serial or "")], Exhibit(EvidenceRole.PHOTO, one.sha256, one.mime, one.size))
        for one in stacks.completing(session, record)
    ]


def _pieces(session: Session, record: TabletRecord) -> list[Piece]:
    """Everything declared for the record, by itself or by a supplement, each with its upload."""
    by = aliased(TabletRecord)
    supplements = (
        (by.about == record.record_id)
        & (by.kind == Kind.SUPPLEMENT)
        & (by.community_id == record.community_id)
        & by.verdict.in_((Verdict.ACCEPTED, Verdict.PENDING_EVIDENCE))
    )
    rows = session.execute(
        select(DeclaredEvidence, EvidenceUpload, by.id)
        .join(by, by.id == DeclaredEvidence.tablet_record_id)
        .outerjoin(
            EvidenceUpload,
            (EvidenceUpload.device_uuid == by.device_uuid)
            & (EvidenceUpload.sha256 == DeclaredEvidence.sha256),
        )
        .where(or_(by.id == record.id, supplements))
        .order_by(DeclaredEvidence.id)
    )
    return [
        Piece(declared.serial, declared.role, upload, whose == record.id) for declared, upload, whose in rows
    ]


def refuse_unfinished(payload: Payload, exhibits: Exhibits) -> None:
    """NotYet while a photograph that was said to follow has not."""
    for form in payload.forms:
        roles = {exhibit.role for exhibit in exhibits.get(form.serial, ())}
        if form.photo_follows and not roles & _SIGNED:
            raise NotYet()
