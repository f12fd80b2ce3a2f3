"""Records of tablets that wait for a person: the queue, without any answer, and the one case that was taken.

A case is assigned by taking it, which the journal keeps; only then is shown what the record says, and only to the
person who took it (rules 8 and 11).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.permissions import Action, Actor, Subject, may
from deliberate.domain.sync import Verdict
from deliberate.models import (
    Account,
    Building,
    Crew,
    Device,
    Duty,
    Household,
    TabletDecision,
    TabletRecord,
)

from . import recorders
from .cases import Hold, Kind

CASES = Kind("tablet_record", "delivery_taken")
MOST = 200
"""Cases on one page."""
PATIENCE = timedelta(hours=12)
"""How long a record may wait for its evidence, or for another record, before somebody must look at it: a photograph
that follows is taken in the evening, and delivered by the next morning."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A record as the queue shows it: where it came from and why it waits, never what it says."""

    record: TabletRecord
    home: Household | None
    crew: str
    tablet: str
    person: str
    hold: Hold | None = None
    """By the person who took the case."""
    decidable: bool = False
    """Whether the reader may decide: recorded none of it, and does not live there."""


def overdue(record: TabletRecord, now: datetime) -> bool:
    """Whether the record has waited so long that what it waits for may never come."""
    return record.received_at < now - PATIENCE


def _undecided(community_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    decided = select(TabletDecision.id).where(TabletDecision.tablet_record_id == TabletRecord.id).exists()
    return (
        TabletRecord.community_id == community_id,
        or_(
            TabletRecord.verdict.in_((Verdict.QUARANTINED, Verdict.MISMATCH)),
            (TabletRecord.verdict == Verdict.PENDING_EVIDENCE) & (TabletRecord.received_at < now - PATIENCE),
        ),
        TabletRecord.replaced_by.is_(None),
        ~decided,
    )


def waiting(session: Session, community_id: int, *, now: datetime) -> int:
    """How many records wait for a person."""
    return session.scalars(select(func.count(TabletRecord.id)).where(*_undecided(community_id, now))).one()


def queue(session: Session, actor: Actor, community_id: int, *, now: datetime) -> list[Delivery]:
    """Records that a person must decide on, the oldest first; also those that wait too long for something else."""
    records = session.scalars(_oldest_first(*_undecided(community_id, now))).all()
    return _lines(session, actor, records)


def late(session: Session, actor: Actor, community_id: int) -> list[Delivery]:
    """Records of which something came too late to count: there is nothing to decide, they are shown apart."""
    of_it = (TabletRecord.community_id == community_id, TabletRecord.verdict == Verdict.LATE)
    return _lines(session, actor, session.scalars(_oldest_first(*of_it)).all())


def one(session: Session, actor: Actor, record_id: int) -> Delivery:
    """One record; the caller has looked that it is of the community."""
    return _lines(session, actor, [session.get_one(TabletRecord, record_id)])[0]


def _oldest_first(*which: ColumnElement[bool]) -> Select[TabletRecord]:
    return select(TabletRecord).where(*which).order_by(TabletRecord.received_at, TabletRecord.id).limit(MOST)


def _lines(session: Session, actor: Actor, records: Sequence[TabletRecord]) -> list[Delivery]:
    if not records:
        return []
    about = subjects(session, records)
    homes = _homes(session, {one.household_id for one in about.values() if one.household_id})
    crews = _crews(session, {record.crew_id for record in records if record.crew_id})
    devices = _devices(session, {record.device_id for record in records if record.device_id})
    holds = CASES.holds(session, [record.id for record in records])
    return [
        Delivery(
            record,
            homes.get((record.community_id, about[record.id].household_id or 0)),
            crews.get((record.community_id, record.crew_id or 0), ""),
            *devices.get(record.device_id or 0, ("", "")),
            hold=holds.get(record.id),
            decidable=may(actor, Action.DECIDE_DELIVERY, about[record.id]),
        )
        for record in records
    ]


def _homes(session: Session, ids: Collection[int]) -> dict[tuple[int, int], Household]:
    found = session.scalars(
        select(Household)
        .where(Household.id.in_(ids))
        .options(joinedload(Household.building).joinedload(Building.estate))
    )
    return {(home.community_id, home.id): home for home in found}


def _crews(session: Session, ids: Collection[int]) -> dict[tuple[int, int], str]:
    rows = session.execute(select(Crew.community_id, Crew.id, Crew.name).where(Crew.id.in_(ids)))
    return {(community_id, crew_id): name for community_id, crew_id, name in rows}


def _devices(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    rows = session.execute(
        select(Device.id, Device.name, Account.display_name)
        .join(Account, Account.id == Device.account_id)
        .where(Device.id.in_(ids))
    )
    return {device_id: (name, person) for device_id, name, person in rows}


def subjects(session: Session, records: Sequence[TabletRecord]) -> dict[int, Subject]:
    """Each record's household, and the people of the crew that made it, with the tablet's own person.

    Who gave out the code of the tablet could have made it in their name: they made it, too.

    One that takes back or completes another record is about the household and the crew of that one.
    """
    named = _named(session, records)
    about = {one.id: (one, named.get((one.community_id, one.about or ""))) for one in records}
    crews, owners = _crews_of(session, about.values()), _owners_of(session, about.values())
    issuers = recorders.issuers(session, [one.id for pair in about.values() for one in pair if one])
    return {
        record.id: Subject(
            record.community_id,
            household_id=record.household_id or (other.household_id if other else None),
            recorder_ids=frozenset(
                person
                for one in (record, other)
                if one is not None
                for person in (
                    *crews[one.crew_id or 0],
                    *owners.get(one.device_id or 0, ()),
                    *issuers[one.id],
                )
            ),
        )
        for record, other in about.values()
    }


_Pairs = Iterable[tuple[TabletRecord, TabletRecord | None]]


def _named(session: Session, records: Sequence[TabletRecord]) -> dict[tuple[int, str], TabletRecord]:
    """The records that these name, by community and id."""
    names = {record.about for record in records if record.about}
    found = session.scalars(
        select(TabletRecord).where(
            TabletRecord.record_id.in_(names), TabletRecord.verdict != Verdict.MISMATCH
        )
    )
    return {(one.community_id, one.record_id): one for one in found}


def _crews_of(session: Session, pairs: _Pairs) -> defaultdict[int, set[int]]:
    ids = {one.crew_id for pair in pairs for one in pair if one and one.crew_id}
    found: defaultdict[int, set[int]] = defaultdict(set)
    rows = session.execute(select(Duty.crew_id, Duty.account_id).where(Duty.crew_id.in_(ids)))
    for crew_id, account_id in rows:
        found[crew_id or 0].add(account_id)
    return found


def _owners_of(session: Session, pairs: _Pairs) -> dict[int, tuple[int]]:
    ids = {one.device_id for pair in pairs for one in pair if one and one.device_id}
    rows = session.execute(select(Device.id, Device.account_id).where(Device.id.in_(ids)))
    return {device_id: (account_id,) for device_id, account_id in rows}


def beside(session: Session, record: TabletRecord) -> Sequence[TabletRecord]:
    """What is to be looked at with it: the record that came first under its id, or the one that it names."""
    named = [name for name in (record.record_id, record.about) if name]
    return session.scalars(
        select(TabletRecord)
        .where(
            TabletRecord.community_id == record.community_id,
            TabletRecord.id != record.id,
            TabletRecord.record_id.in_(named),
            TabletRecord.verdict != Verdict.MISMATCH,
        )
        .order_by(TabletRecord.id)
    ).all()
