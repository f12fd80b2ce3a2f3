"""A tablet's export taken in: records first, then evidence; each lot and each piece in a transaction of its own.

What was taken in before a fault stays, and the same file again changes nothing but what is missing.
"""

from deliberate.db import Database, Lock
from deliberate.domain.permissions import Actor
from deliberate.services import delivery, judging, tablet_export, uploads
from deliberate.storage import Storage


def take_export(
    store: Database, files: Storage, actor: Actor, community_id: int, export: tablet_export.Export, key: bytes
) -> list[delivery.Result]:
    """What became of each record when it came in."""
    with store.reading() as session:
        tablet_export.refuse_elsewhere(session, community_id, export.device_uuid)
    results: list[delivery.Result] = []
    for sent in export.batches():
        every = delivery.arrivals(sent)
        with store.reading() as session:
            pairs = judging.entries_to_lock(session, every, export.device_uuid)
        with store.transaction(Lock.answers(pairs)) as tx:
            results += tablet_export.take_batch(
                tx.session, actor, community_id, export, every, key=key, now=tx.now
            )
    for piece, data in export.pieces():
        step = uploads.keep_whole(files, piece, data)
        with store.reading() as session:
            waiting = uploads.waiting_on(session, piece.device_uuid, piece.sha256)
            pairs = judging.entries_of(session, [one.payload for one in waiting], piece.device_uuid)
        with store.transaction(Lock.answers(pairs)) as tx:
            tablet_export.take_piece(tx.session, actor, community_id, step, key=key, now=tx.now)
        uploads.forget_part(files, step)
    return results
