"""The worker says that it looked at everything."""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.models import WorkerTurn


def took_turn(session: Session, troubles: int = 0, *, now: datetime) -> None:
    """A whole turn is over; so many things in it went wrong."""
    turn = session.get(WorkerTurn, 1)
    if turn is None:
        session.add(WorkerTurn(id=1, at=now, troubles=troubles))
    else:
        turn.at, turn.troubles = now, troubles
    session.flush()
