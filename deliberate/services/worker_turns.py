"""The worker says that it looked at everything."""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.models import WorkerTurn


def took_turn(session: Session, *, now: datetime) -> None:
    """A whole turn is over."""
    turn = session.get(WorkerTurn, 1)
    if turn is None:
        session.add(WorkerTurn(id=1, at=now))
    else:
        turn.at = now
    session.flush()
