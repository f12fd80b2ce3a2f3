"""Who had a hand in the records of a household beside the account that made them (rules 8 and 9)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from deliberate.domain.consent import Channel, Deed
from deliberate.models import (
    Consent,
    Device,
    DeviceEnrolment,
    Duty,
    JournalEntry,
    Membership,
    RollEntry,
    SuspendedConsent,
    TabletRecord,
)

SAID_ONLINE = (Consent.channel == Channel.ONLINE) & Consent.deed.in_((Deed.ANSWER, Deed.CHANGE))
"""What somebody said by their own account; a crew's paper and a settlement are nobody's own."""
RECORDS_AN_ANSWER = ~exists().where(SuspendedConsent.voiding_id == Consent.id)
"""Whoever stops a crew suspends its papers unseen, and may ask the households afterwards."""

_ITS_DUTY = or_(
    Duty.id == Consent.duty_id,
    (Duty.consent_round_id == Consent.consent_round_id) & (Duty.account_id == Consent.recorded_by_id),
)
_RECORD_ID = 36
"""Characters of a tablet record's id, with which the requests of its consents begin."""


def crews(session: Session, entry_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """For each entry the crews whose members recorded anything of it."""
    return _by_entry(
        session.execute(
            select(Consent.roll_entry_id, Duty.crew_id)
            .join(Duty, _ITS_DUTY)
            .where(Consent.roll_entry_id.in_(entry_ids), Duty.crew_id.is_not(None), RECORDS_AN_ANSWER)
        )
    )


def crew_mates(session: Session, entry_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """For each entry everybody of those crews: a paper is made by two."""
    mate = aliased(Duty)
    return _by_entry(
        session.execute(
            select(Consent.roll_entry_id, mate.account_id)
            .join(Duty, _ITS_DUTY)
            .join(mate, mate.crew_id == Duty.crew_id)
            .where(Consent.roll_entry_id.in_(entry_ids), RECORDS_AN_ANSWER)
        )
    )


def enablers(session: Session, entry_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """For each entry who could have made a record of it in another's name.

    They gave out the code with which the tablet was enrolled that delivered it; or they made the account that answered
    a member at the desk, or gave it a new password, where the password is told.
    """
    if not entry_ids:
        return _by_entry([])
    ways = (_of_its_tablet(), _of_its_member(), _of_its_password())
    return _by_entry(
        row for way in ways for row in session.execute(way.where(Consent.roll_entry_id.in_(entry_ids)))
    )


def issuers(session: Session, record_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """For each record of a tablet who gave out a code with which that tablet was enrolled before it came."""
    found = _enrolled(select(TabletRecord.id, DeviceEnrolment.issued_by_id).select_from(TabletRecord))
    return _by_entry(
        session.execute(
            found.where(TabletRecord.id.in_(record_ids), DeviceEnrolment.used_at <= TabletRecord.received_at)
        )
    )


def _enrolled(found: Select[int, int]) -> Select[int, int]:
    """With the tablet of each record, and each of its enrolments."""
    return found.join(
        Device, (Device.community_id == TabletRecord.community_id) & (Device.uuid == TabletRecord.device_uuid)
    ).join(
        DeviceEnrolment,
        (DeviceEnrolment.community_id == Device.community_id) & (DeviceEnrolment.device_id == Device.id),
    )


def _of_its_tablet() -> Select[int, int]:
    found = select(Consent.roll_entry_id, DeviceEnrolment.issued_by_id).join(
        TabletRecord,
        (TabletRecord.community_id == Consent.community_id)
        & (TabletRecord.record_id == func.substr(Consent.request_id, 1, _RECORD_ID)),
    )
    return _enrolled(found).where(DeviceEnrolment.used_at <= Consent.recorded_at)


def _of_its_member() -> Select[int, int | None]:
    return (
        select(Consent.roll_entry_id, Membership.helped_by_id)
        .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
        .join(
            Membership,
            (Membership.account_id == Consent.recorded_by_id)
            & (Membership.household_id == RollEntry.household_id),
        )
        .where(Membership.helped_by_id.is_not(None))
    )


def _of_its_password() -> Select[int, int | None]:
    """That it was replaced since tells nothing: whoever was told it may have replaced it."""
    return select(Consent.roll_entry_id, JournalEntry.account_id).join(
        JournalEntry,
        (JournalEntry.subject == "account")
        & (JournalEntry.subject_id == Consent.recorded_by_id)
        & (JournalEntry.what == "password_given")
        & (JournalEntry.at <= Consent.recorded_at),
    )


def _by_entry(rows: Iterable[Row[int, int | None]]) -> Mapping[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for entry_id, number in rows:
        if number is not None:
            found[entry_id].add(number)
    return defaultdict(frozenset, {entry_id: frozenset(numbers) for entry_id, numbers in found.items()})
