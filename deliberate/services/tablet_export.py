"""A tablet's export, taken in by the office: the same path as a sync, so that the one after the other is safe."""

import hmac
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.round import EvidenceRole
from deliberate.domain.sync import LARGEST_EVIDENCE, LARGEST_RAW, MOST_RECORDS, UploadState, uuid_of
from deliberate.domain.tablet_clock import Sending
from deliberate.queries import devices

from . import delivery, journal, uploads
from .uploads import Piece

MOST_FILES = 20_000
LARGEST_LIST = 64 * 1024 * 1024
_RECORDS, _MANIFEST = "records.ndjson", "manifest.json"


class BadExport(BadInput):
    """The file is no export of a tablet."""

    default_what = N_("平板导出的文件没有收下。")
    default_why = N_("这不是平板导出的ZIP文件，或者文件不完整。")
    default_next = N_("请在平板上重新导出一次，再选这个文件。")


class Unproven(BadExport):
    """Its records are not as the tablet gave them out, or somebody else wrote them in its name."""

    default_why = N_("文件里的记录，和平板导出时的不一样，或者不是这台平板导出的。")
    default_next = N_(
        "请在平板上重新导出一次；还是不行的话，请把平板连上网，让它自己上传。记录都还在平板里。"
    )


class OtherCommunity(BadInput):
    """The tablet belongs to another community."""

    default_what = N_("平板导出的文件没有收下。")
    default_why = N_("这台平板登记在另一个社区。")
    default_next = N_("请把文件交给那个社区导入；这里什么都没有保存。")


def proof_key(device_uuid: str, key: bytes) -> str:
    """What the tablet is told, and nobody else, to prove with what it gives out as a file."""
    return hmac.digest(key, f"export|{device_uuid}".encode(), "sha256").hex()


def proof(lines: bytes, told: str) -> str:
    """Of these records, by whoever was told this."""
    return hmac.digest(told.encode(), lines, "sha256").hex()


class Export:
    """An opened export, of records that its tablet proves to be its own; nothing else in it is believed unseen.

    A file goes through many hands, and whoever takes it in could have written it in any tablet's name.
    """

    def __init__(self, file: IO[bytes] | Path, key: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
            manifest = json.loads(self._read(_MANIFEST, LARGEST_RAW))
        except (
            zipfile.BadZipFile,
            KeyError,
            ValueError,
            OSError,
            RecursionError,
            NotImplementedError,
        ) as error:
            raise BadExport() from error
        device_uuid = uuid_of(manifest.get("device_id")) if isinstance(manifest, dict) else None
        if device_uuid is None or len(self._zip.namelist()) > MOST_FILES:
            raise BadExport()
        self.device_uuid: str = device_uuid
        self._lines = self._proven(str(manifest.get("proof", "")), proof_key(device_uuid, key))

    def _proven(self, told: str, key: str) -> list[bytes]:
        try:
            lines = self._read(_RECORDS, LARGEST_LIST)
        except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
            raise BadExport() from error
        if not hmac.compare_digest(proof(lines, key).encode(), told.encode(errors="replace")):
            raise Unproven()
        return lines.splitlines()

    def _read(self, name: str, most: int) -> bytes:
        with self._zip.open(name) as part:
            data = part.read(most + 1)
        if len(data) > most:
            raise ValueError("larger than any of ours")
        return data

    def batches(self) -> Iterator[list[Any]]:
        """The records in lots that one transaction takes; a line that is no JSON is kept as text."""
        sent = [_line(line) for line in self._lines if line.strip()]
        for start in range(0, len(sent), MOST_RECORDS):
            yield sent[start : start + MOST_RECORDS]

    def pieces(self) -> Iterator[tuple[Piece, bytes]]:
        """The evidence, by the hash and role in its name."""
        for name in sorted(self._zip.namelist()):
            sha256, _dot, role = name.removeprefix("evidence/").partition(".")
            if not name.startswith("evidence/") or len(sha256) != 64 or role not in set(EvidenceRole):
                continue
            try:
                data = self._read(name, LARGEST_EVIDENCE)
            except (ValueError, OSError, zipfile.BadZipFile):
                data = b""
            yield Piece(self.device_uuid, sha256, EvidenceRole(role), len(data)), data


def _line(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line.decode(errors="replace")


def refuse_elsewhere(session: Session, community_id: int, device_uuid: str) -> None:
    """An export of another community's tablet: what were kept of it here would be missing there."""
    device = devices.by_uuid(session, device_uuid)
    if device is not None and device.community_id != community_id:
        raise OtherCommunity()


def sender_of(session: Session, community_id: int, device_uuid: str, now: datetime) -> delivery.Sender:
    """The device that made the export, if it is known; its clock is not told anew."""
    refuse_elsewhere(session, community_id, device_uuid)
    device = devices.by_uuid(session, device_uuid)
    skew = timedelta(seconds=device.skew_seconds if device else 0)
    return delivery.Sender(community_id, device_uuid, device, delivery.ZIP, Sending(now, skew))


def take_batch(
    session: Session,
    actor: Actor,
    community_id: int,
    export: Export,
    sent: list[Any],
    *,
    key: bytes,
    now: datetime,
) -> list[delivery.Result]:
    """One lot of the export's records, as if the tablet had delivered it."""
    require(actor, Action.MANAGE_DEVICES, Subject(community_id))
    results = delivery.take(
        session, sender_of(session, community_id, export.device_uuid, now), sent, key=key, now=now
    )
    journal.note(
        session, actor, community_id, "export_taken", "community", community_id, now=now, records=len(results)
    )
    return results


def take_piece(
    session: Session, actor: Actor, community_id: int, step: uploads.Step, *, key: bytes, now: datetime
) -> bool:
    """One piece of the export's evidence, already on the disk; whether it is what its name says."""
    require(actor, Action.MANAGE_DEVICES, Subject(community_id))
    uploads.register(session, community_id, step, key=key, now=now)
    return step.state is not UploadState.WRONG_HASH
