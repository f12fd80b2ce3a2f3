"""Pictures that were uploaded here."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.models import Picture


def by_digest(session: Session, digest: str) -> Picture | None:
    """A picture of that SHA-256, whichever community keeps it."""
    return session.scalar(select(Picture).where(Picture.sha256 == digest).order_by(Picture.id).limit(1))
