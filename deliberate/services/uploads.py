"""Evidence on its way from a tablet: by content, chunk by chunk, safe only once its hash was verified.

The bytes are on the disk for good before the store says so; what the store has not heard of is sent again and
written over. Pictures are kept re-encoded (see `evidence`), linked to the hash under which the tablet knows them.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import BadInput
from deliberate.domain.round import EvidenceRole
from deliberate.domain.sync import ARRIVED, UploadState, Verdict
from deliberate.models import DeclaredEvidence, Device, EvidenceUpload, TabletRecord

from . import delivery, evidence
from .judging import judge_all
from .papers import Exhibit

LARGEST_STROKES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of one tablet, as it is declared with each chunk."""

    device_uuid: str
    sha256: str
    role: EvidenceRole
    length: int


@dataclass(frozen=True, slots=True)
class Step:
    """What a chunk has come to."""

    piece: Piece
    state: UploadState
    have: int
    kept: Exhibit | None = None
    changed: bool = True


def find(session: Session, device_uuid: str, sha256: str) -> EvidenceUpload | None:
    """What is known of the piece."""
    return session.scalar(
        select(EvidenceUpload).where(
            EvidenceUpload.device_uuid == device_uuid, EvidenceUpload.sha256 == sha256
        )
    )


def progress(folder: Path, upload: EvidenceUpload | None) -> tuple[UploadState, int]:
    """State and safe bytes, as far as the files bear it out: a store may have been restored without them."""
    if upload is None:
        return UploadState.NONE, 0
    if (
        upload.state is UploadState.COMPLETE
        and not evidence.path_of(folder, upload.kept_sha256 or "").is_file()
    ):
        return UploadState.NONE, 0
    if upload.state in ARRIVED:
        return upload.state, upload.length
    part = _part(folder, upload.device_uuid, upload.sha256)
    size = part.stat().st_size if part.is_file() else 0
    return (UploadState.PARTIAL, upload.have) if 0 < upload.have <= size else (UploadState.NONE, 0)


def put(folder: Path, upload: EvidenceUpload | None, piece: Piece, offset: int, data: bytes) -> Step:
    """Write a chunk to the disk; with the last one verify and keep the whole. The store is told afterwards."""
    state, have = progress(folder, upload)
    if state in ARRIVED:
        return Step(piece, state, piece.length, changed=False)
    if upload is not None and upload.length != piece.length and offset > 0:
        return Step(piece, UploadState.PARTIAL, 0)
    if offset != have and offset != 0:
        return Step(piece, UploadState.PARTIAL, have, changed=False)
    if not data or offset + len(data) > piece.length:
        return Step(piece, UploadState.PARTIAL, have, changed=False)
    path = _part(folder, piece.device_uuid, piece.sha256)
    _write_at(path, offset, data)
    if offset + len(data) < piece.length:
        return Step(piece, UploadState.PARTIAL, offset + len(data))
    return _finish(folder, piece, path)


def keep_whole(folder: Path, piece: Piece, data: bytes) -> Step:
    """All of it at once, from an export."""
    path = _part(folder, piece.device_uuid, piece.sha256)
    _write_at(path, 0, data)
    return _finish(folder, piece, path)


def _part(folder: Path, device_uuid: str, sha256: str) -> Path:
    return folder / "evidence" / "incoming" / f"{device_uuid}-{sha256}"


def _write_at(path: Path, offset: int, data: bytes) -> None:
    """On the disk for good, at its place; whatever stood behind it is gone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "r+b") as file:
        file.seek(offset)
        file.write(data)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _finish(folder: Path, piece: Piece, path: Path) -> Step:
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != piece.sha256:
        path.unlink()
        return Step(piece, UploadState.WRONG_HASH, 0)
    try:
        kept = _keep(folder, piece.role, data)
    except BadInput:
        # It stays where it is, whole, for the office.
        return Step(piece, UploadState.REFUSED, piece.length)
    return Step(piece, UploadState.COMPLETE, piece.length, kept)


def _keep(folder: Path, role: EvidenceRole, data: bytes) -> Exhibit:
    if role is not EvidenceRole.STROKES:
        return evidence.keep_exhibit(folder, role, data)
    try:
        drawn = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInput() from error
    if not isinstance(drawn, list) or not drawn or len(data) > LARGEST_STROKES:
        raise BadInput()
    return evidence.keep_strokes(folder, json.dumps(_from_the_first(drawn), separators=(",", ":")).encode())


def _from_the_first(drawn: list[Any]) -> list[Any]:
    """The strokes with their times counted from the first: drawn once and sent twice they are the same bytes."""
    points = [point for stroke in drawn if isinstance(stroke, dict) for point in stroke.get("points", ())]
    timed = [
        point for point in points if isinstance(point, dict) and isinstance(point.get("time"), int | float)
    ]
    first = min((point["time"] for point in timed), default=0)
    for point in timed:
        point["time"] -= first
    return drawn


def forget_part(folder: Path, step: Step) -> None:
    """Once the store knows the kept file, no byte of the original stays."""
    if step.state is UploadState.COMPLETE:
        _part(folder, step.piece.device_uuid, step.piece.sha256).unlink(missing_ok=True)


def waiting_on(session: Session, device_uuid: str, sha256: str) -> list[TabletRecord]:
    """Records of the device that declare the piece and are not judged."""
    declaring = select(DeclaredEvidence.tablet_record_id).where(DeclaredEvidence.sha256 == sha256)
    return list(
        session.scalars(
            select(TabletRecord)
            .where(
                TabletRecord.id.in_(declaring),
                TabletRecord.device_uuid == device_uuid,
                TabletRecord.verdict == Verdict.PENDING_EVIDENCE,
            )
            .order_by(TabletRecord.seq, TabletRecord.id)
        )
    )


def register(
    session: Session, community_id: int, step: Step, *, key: bytes, now: datetime
) -> list[delivery.Result]:
    """Tell the store what is on the disk, and judge the records that waited for it."""
    piece = step.piece
    session.execute(select(Device.id).where(Device.uuid == piece.device_uuid).with_for_update())
    upload = find(session, piece.device_uuid, piece.sha256)
    spoilt_copy = step.state is UploadState.WRONG_HASH and upload is not None and upload.state in ARRIVED
    if step.changed and not spoilt_copy:
        upload = upload or EvidenceUpload(
            community_id=community_id, device_uuid=piece.device_uuid, sha256=piece.sha256, role=piece.role
        )
        upload.length, upload.have, upload.at = piece.length, step.have, now
        wrong = step.state is UploadState.WRONG_HASH
        upload.state = UploadState.NONE if wrong else step.state
        if step.kept is not None:
            upload.kept_sha256, upload.kept_mime = step.kept.sha256, step.kept.mime
            upload.kept_size = step.kept.size
        session.add(upload)
        session.flush()
    if step.state not in ARRIVED:
        return []
    waiting = waiting_on(session, piece.device_uuid, piece.sha256)
    ids = dict.fromkeys([*(r.id for r in waiting), *judge_all(session, waiting, key=key, now=now)])
    return delivery.results_of(session, [session.get_one(TabletRecord, one) for one in ids])
