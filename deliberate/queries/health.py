"""How the store is, for whoever watches over the service: a handful of cheap questions."""

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from deliberate.models import LedgerHead, Outgoing, WorkerTurn, guards


def revision(session: Session) -> str | None:
    """Of the tables."""
    found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def astray(session: Session) -> list[str]:
    """Guards that are lacking or not today's."""
    return guards.astray(session.connection())


def troubles(session: Session) -> int:
    """Things that went wrong in the worker's last turn."""
    return session.scalar(select(WorkerTurn.troubles).where(WorkerTurn.id == 1)) or 0


def last_turn(session: Session) -> datetime | None:
    """When the worker last finished looking at everything."""
    return session.scalar(select(WorkerTurn.at).where(WorkerTurn.id == 1))


def newest_head(session: Session) -> datetime | None:
    """When the newest head of any ledger was made."""
    return session.scalar(select(LedgerHead.at).order_by(LedgerHead.id.desc()).limit(1))


def newest_receipts_key(session: Session) -> str | None:
    """The public key of receipts that the newest head of any ledger names, in base64."""
    body = session.scalar(select(LedgerHead.body).order_by(LedgerHead.id.desc()).limit(1)) or ""
    return next(
        (line.removeprefix("receipts ") for line in body.splitlines() if line.startswith("receipts ")), None
    )


def messages_waiting(session: Session) -> int:
    """Messages to households that have neither left nor been given up."""
    waiting = select(func.count(Outgoing.id)).where(
        Outgoing.sent_at.is_(None), Outgoing.given_up_at.is_(None)
    )
    return session.scalars(waiting).one()
