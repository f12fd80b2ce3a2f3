"""What is shown with a record: files already stored, and their rows beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deliberate.domain.round import EvidenceRole
from deliberate.models import (
    Evidence,
)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A stored file: what it shows, and the hash under which its bytes are kept."""

    role: EvidenceRole
    sha256: str
    mime: str
    size: int


def keep_exhibits(
    session: Session, community_id: int, consent_id: int, exhibits: Iterable[Exhibit], now: datetime
) -> None:
    """What was shown with a record, beside it."""
    rows = [exhibit_row(community_id, consent_id, one, now) for one in exhibits]
    session.add_all(Evidence(**row) for row in rows)
    session.flush()


def exhibit_row(community_id: int, consent_id: int, exhibit: Exhibit, now: datetime) -> dict[str, Any]:
    """One piece of evidence as a row."""
    return {
        "community_id": community_id,
        "consent_id": consent_id,
        "role": exhibit.role,
        "sha256": exhibit.sha256,
        "mime": exhibit.mime,
        "size": exhibit.size,
        "at": now,
    }
