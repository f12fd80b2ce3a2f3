"""Evidence from tablets: by content, in chunks, resumable, verified by its hash."""

import re

from flask import Response, request

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.permissions import Action
from deliberate.domain.round import EvidenceRole
from deliberate.domain.sync import LARGEST_EVIDENCE, MOST_BYTES, UploadState
from deliberate.services import judging, uploads
from deliberate.services.delivery import Result
from deliberate.services.uploads import Piece, Step

from ..access import allow, its_community
from ..store import config, files, reader, transaction
from . import sent
from .blueprint import bp
from .device import this_device
from .shapes import reply, result_told

_HASH = re.compile(r"[0-9a-f]{64}")


@bp.route("/evidence/<sha256>", methods=["HEAD"], provide_automatic_options=False)
@allow(Action.DELIVER, about=its_community, token=True)
def evidence_offset(sha256: str) -> Response:
    """How much of it is safe here."""
    upload = uploads.find(reader(), this_device().uuid, _hash(sha256))
    state, have = uploads.progress(files(), upload)
    response = reply()
    response.headers["Upload-Offset"] = str(have)
    response.headers["Upload-Length"] = str(upload.length if upload else 0)
    response.headers["Upload-State"] = state.value
    return response


@bp.put("/evidence/<sha256>")
@allow(Action.DELIVER, about=its_community, token=True)
def put_evidence(sha256: str) -> Response:
    """A chunk at its offset: on the disk first, then in the store, then the reply."""
    device, data = this_device(), sent.body(MOST_BYTES)
    piece = _piece(device.uuid, _hash(sha256))
    upload = uploads.find(reader(), device.uuid, piece.sha256)
    step = uploads.put(files(), upload, piece, _header("Upload-Offset"), data)
    results = _register(device.community_id, step)
    uploads.forget_part(files(), step)
    state = UploadState.PARTIAL if step.state is UploadState.NONE else step.state
    return reply(
        sha256=piece.sha256,
        offset=step.have,
        length=piece.length,
        state=state.value,
        results=[result_told(one) for one in results],
    )


def _register(community_id: int, step: Step) -> list[Result]:
    """Under the locks of the entries of every record that may be judged by it."""
    waiting = uploads.waiting_on(reader(), step.piece.device_uuid, step.piece.sha256)
    payloads = [record.payload for record in waiting]
    pairs = judging.entries_of(reader(), payloads, step.piece.device_uuid) if payloads else []
    with transaction(Lock.answers(pairs)) as tx:
        return uploads.register(tx.session, community_id, step, key=config().code_key, now=tx.now)


def _hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise NotFound()
    return text


def _header(name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadInput()
    return int(text)


def _piece(device_uuid: str, sha256: str) -> Piece:
    role, length = request.headers.get("Evidence-Role", ""), _header("Upload-Length")
    if role not in set(EvidenceRole) or not 0 < length <= LARGEST_EVIDENCE:
        raise BadInput()
    return Piece(device_uuid, sha256, EvidenceRole(role), length)
