"""Evidence on its way from a tablet: by content, chunk by chunk, safe only once its hash was verified.

The bytes are kept for good before the store says so; what the store has not heard of is sent again and written
over. Each chunk is a file of its own, named by its place, so that the next may come to another machine.
Pictures are kept re-encoded (see `evidence`), linked to the hash under which the tablet knows them.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import BadInput
from deliberate.domain.round import EvidenceRole
from deliberate.domain.sync import ARRIVED, UploadState, Verdict
from deliberate.models import DeclaredEvidence, Device, EvidenceUpload, TabletRecord
from deliberate.storage import Storage

from . import delivery, evidence
from .exhibits import Exhibit
from .judging import judge_all

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


def progress(files: Storage, upload: EvidenceUpload | None) -> tuple[UploadState, int]:
    """State and safe bytes, as far as the files bear it out: a store may have been restored without them."""
    if upload is None:
        return UploadState.NONE, 0
    if (
        upload.state is UploadState.COMPLETE
        and files.size(evidence.name_of(upload.kept_sha256 or "")) is None
    ):
        return UploadState.NONE, 0
    if upload.state in ARRIVED:
        return upload.state, upload.length
    chunks = _chunks(files, place_of(upload.device_uuid, upload.sha256))
    return (UploadState.PARTIAL, upload.have) if _in_line(chunks, upload.have) else (UploadState.NONE, 0)


def put(files: Storage, upload: EvidenceUpload | None, piece: Piece, offset: int, data: bytes) -> Step:
    """Keep a chunk; with the last one verify and keep the whole. The store is told afterwards."""
    state, have = progress(files, upload)
    if state in ARRIVED:
        return Step(piece, state, piece.length, changed=False)
    if upload is not None and upload.length != piece.length and offset > 0:
        return Step(piece, UploadState.PARTIAL, 0)
    if offset != have and offset != 0:
        return Step(piece, UploadState.PARTIAL, have, changed=False)
    if not data or offset + len(data) > piece.length:
        return Step(piece, UploadState.PARTIAL, have, changed=False)
    if offset + len(data) < piece.length:
        _keep_chunk(files, piece, offset, data)
        return Step(piece, UploadState.PARTIAL, offset + len(data))
    return _finish(files, piece, _read(files, piece, offset) + data)


def keep_whole(files: Storage, piece: Piece, data: bytes) -> Step:
    """All of it at once, from an export."""
    return _finish(files, piece, data)


def place_of(device_uuid: str, sha256: str) -> str:
    """Where its chunks lie until it is whole, and for good when it is no picture."""
    return f"evidence/incoming/{device_uuid}-{sha256}"


def _chunks(files: Storage, place: str) -> dict[int, tuple[int, str]]:
    """By where each begins: where it ends, and its name, which says both."""
    found = {}
    for name in files.names(place):
        begin, _, end = name.rpartition("/")[2].partition("-")
        found[int(begin)] = (int(end), name)
    return found


def _in_line(chunks: dict[int, tuple[int, str]], have: int) -> list[str]:
    """The names of those that together are the first `have` bytes; none when one lacks."""
    names, at = [], 0
    while at < have and at in chunks:
        at, name = chunks[at]
        names.append(name)
    return names if at == have else []


def _keep_chunk(files: Storage, piece: Piece, offset: int, data: bytes) -> None:
    """Whatever stood there or behind it, of a try that the store has not heard of, is gone."""
    place = place_of(piece.device_uuid, piece.sha256)
    new = f"{place}/{offset}-{offset + len(data)}"
    files.keep(new, BytesIO(data))
    for name in list(files.names(place)):
        if name != new and int(name.rpartition("/")[2].partition("-")[0]) >= offset:
            files.forget(name)


def _read(files: Storage, piece: Piece, have: int) -> bytes:
    data = bytearray()
    for name in _in_line(_chunks(files, place_of(piece.device_uuid, piece.sha256)), have):
        with files.open(name) as chunk:
            data += chunk.read()
    return bytes(data)


def _finish(files: Storage, piece: Piece, data: bytes) -> Step:
    if hashlib.sha256(data).hexdigest() != piece.sha256:
        _forget(files, piece)
        return Step(piece, UploadState.WRONG_HASH, 0)
    try:
        kept = _keep(files, piece.role, data)
    except BadInput:
        # It stays as it came, whole, for the office.
        _keep_chunk(files, piece, 0, data)
        return Step(piece, UploadState.REFUSED, piece.length)
    return Step(piece, UploadState.COMPLETE, piece.length, kept)


def _keep(files: Storage, role: EvidenceRole, data: bytes) -> Exhibit:
    if role is not EvidenceRole.STROKES:
        return evidence.keep_exhibit(files, role, data)
    try:
        drawn = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInput() from error
    if not isinstance(drawn, list) or not drawn or len(data) > LARGEST_STROKES:
        raise BadInput()
    return evidence.keep_strokes(files, json.dumps(_from_the_first(drawn), separators=(",", ":")).encode())


def _from_the_first(drawn: list[Any]) -> list[Any]:
    """The strokes with their times counted from the first: drawn once and sent twice they are the same bytes."""
    strokes = [stroke.get("points") for stroke in drawn if isinstance(stroke, dict)]
    points = [point for stroke in strokes if isinstance(stroke, list) for point in stroke]
    timed = [
        point for point in points if isinstance(point, dict) and isinstance(point.get("time"), int | float)
    ]
    first = min((point["time"] for point in timed), default=0)
    for point in timed:
        point["time"] -= first
    return drawn


def forget_part(files: Storage, step: Step) -> None:
    """Once the store knows the kept file, no byte of the original stays."""
    if step.state is UploadState.COMPLETE and step.changed:
        _forget(files, step.piece)


def _forget(files: Storage, piece: Piece) -> None:
    """Every chunk of it, also of an earlier try that was cut otherwise."""
    for name in list(files.names(place_of(piece.device_uuid, piece.sha256))):
        files.forget(name)


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
