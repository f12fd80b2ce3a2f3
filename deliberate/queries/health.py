"""How the store is, for whoever watches over the service: a handful of cheap questions."""

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from deliberate.models import WorkerTurn


def revision(session: Session) -> str | None:
    """Of the tables."""
    found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def last_turn(session: Session) -> datetime | None:
    """When the worker last finished looking at everything."""
    return session.scalar(select(WorkerTurn.at).where(WorkerTurn.id == 1))
