"""The life of the store: restored from a backup it begins another, and every tablet notices and sends again."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput
from deliberate.models import ServerEpoch
from deliberate.queries import devices


def ensure_epoch(session: Session, *, now: datetime) -> str:
    """The epoch in force; the first device begins the first."""
    return devices.epoch(session) or begin_epoch(session, "first tablet", now=now)


def begin_epoch(session: Session, reason: str, *, now: datetime) -> str:
    """A new epoch, for a reason that the operator writes down."""
    if not reason.strip():
        raise BadInput(
            why=N_("没有写明为什么要让平板重新核对。"), next_step=N_("请写明原因，例如从哪一天的备份恢复。")
        )
    made = ServerEpoch(epoch=str(uuid4()), since=now, reason=reason.strip()[:200])
    session.add(made)
    session.flush()
    return made.epoch
