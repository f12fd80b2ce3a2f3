"""When the worker last looked at everything, for whoever watches over the service."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class WorkerTurn(Base):
    """One row: the worker's last whole turn."""

    __tablename__ = "worker_turn"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    troubles: Mapped[int] = mapped_column(default=0)
    """Things in it that went wrong; what they were is in the worker's own log."""
