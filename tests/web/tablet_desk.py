"""What tests of the office find in the store about tablets, and a record that waits there."""

from sqlalchemy import func, select

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.sync import Verdict
from deliberate.models import (
    Device,
    TabletRecord,
)
from deliberate.models.base import Base
from tests.make_tablet import Tablet


def device(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(Device.id)).one()


def count(database: Database, table: type[Base]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def record(database: Database, verdict: Verdict = Verdict.QUARANTINED) -> int:
    with database.reading() as session:
        return session.scalars(select(TabletRecord.id).where(TabletRecord.verdict == verdict)).one()


def state(database: Database, record_id: int) -> Verdict:
    with database.reading() as session:
        return session.get_one(TabletRecord, record_id).verdict


def quarantined(tablet: Tablet, database: Database) -> int:
    """A signed door that a revoked tablet delivered, with its photograph."""
    with database.transaction() as tx:
        found = tx.session.scalars(select(Device).where(Device.uuid == tablet.uuid)).one()
        if found.revoked_at is None:
            found.revoked_at, found.revoke_reason = tx.now, "丢了"
    door = tablet.answered(tablet.at.entries[3], Answer.DISAGREE, 1)
    tablet.deliver(door)
    return record(database)
