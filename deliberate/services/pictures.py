"""Keeping pictures: by the SHA-256 of their bytes."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Action, Actor, Subject, account_of, require
from deliberate.models import Picture
from deliberate.storage import Storage, keep_once

from . import journal
from .picture_files import reencode


def keep_picture(
    session: Session,
    actor: Actor,
    community_id: int,
    data: bytes,
    files: Storage,
    *,
    now: datetime,
    caption: str | None = None,
) -> Picture:
    """Re-encode and keep one picture; the same picture twice is one. BadPicture says why not."""
    require(actor, Action.UPLOAD_PICTURE, Subject(community_id=community_id))
    encoded = reencode(data)
    digest = sha256(encoded.data).hexdigest()
    known = session.scalar(
        select(Picture).where(Picture.community_id == community_id, Picture.sha256 == digest)
    )
    if known is not None:
        return known
    keep_once(files, place_of(digest, encoded.mime), encoded.data)
    made = Picture(
        community_id=community_id,
        sha256=digest,
        mime=encoded.mime,
        width=encoded.width,
        height=encoded.height,
        size=len(encoded.data),
        caption=(caption or "").strip()[:200] or None,
        at=now,
        by_id=account_of(actor),
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, community_id, "keep_picture", "picture", made.id, now=now)
    return made


def file_name(digest: str, mime: str) -> str:
    """The name under which a picture is served."""
    return f"{digest}.{'webp' if mime == 'image/webp' else 'jpg'}"


def place_of(digest: str, mime: str) -> str:
    """The name under which it is kept."""
    return f"pictures/{file_name(digest, mime)}"
