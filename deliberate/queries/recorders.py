"""Who had a hand in the records of a household beside the account that made them (rules 8 and 9)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Row, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from deliberate.domain.consent import Channel, Deed
from deliberate.models import (
    Consent,
    Device,
    DeviceEnrolment,
    Duty,
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
    a member at the desk, where its password is told.
    """
    if not entry_ids:
        return _by_entry([])
    tablets = (
        select(Consent.roll_entry_id, DeviceEnrolment.issued_by_id)
        .join(
            TabletRecord,
            (TabletRecord.community_id == Consent.community_id)
            & (TabletRecord.record_id == func.substr(Consent.request_id, 1, _RECORD_ID)),
        )
        .join(
            Device, (Device.community_id == Consent.community_id) & (Device.uuid == TabletRecord.device_uuid)
        )
        .join(
            DeviceEnrolment,
            (DeviceEnrolment.community_id == Consent.community_id) & (DeviceEnrolment.device_id == Device.id),
        )
        .where(Consent.roll_entry_id.in_(entry_ids), DeviceEnrolment.used_at <= Consent.recorded_at)
    )
    members = (
        select(Consent.roll_entry_id, Membership.helped_by_id)
        .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
        .join(
            Membership,
            (Membership.account_id == Consent.recorded_by_id)
            & (Membership.household_id == RollEntry.household_id),
        )
        .where(Consent.roll_entry_id.in_(entry_ids), Membership.helped_by_id.is_not(None))
    )
    return _by_entry([*session.execute(tablets), *session.execute(members)])


def _by_entry(rows: Iterable[Row[int, int | None]]) -> Mapping[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for entry_id, number in rows:
        if number is not None:
            found[entry_id].add(number)
    return defaultdict(frozenset, {entry_id: frozenset(numbers) for entry_id, numbers in found.items()})
