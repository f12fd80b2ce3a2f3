"""The tablets that speak in one person's name, and whose codes made them so."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.models import Account, Device, DeviceEnrolment


@dataclass(frozen=True, slots=True)
class OwnTablet:
    """A tablet, and who gave the code with which it was last enrolled."""

    device: Device
    given_by: str


def of_person(session: Session, community_id: int, account_id: int | None) -> Sequence[OwnTablet]:
    """Those in force first, the newest first."""
    last = select(func.max(DeviceEnrolment.id)).group_by(DeviceEnrolment.device_id)
    rows = session.execute(
        select(Device, func.coalesce(Account.display_name, ""))
        .outerjoin(DeviceEnrolment, (DeviceEnrolment.device_id == Device.id) & DeviceEnrolment.id.in_(last))
        .outerjoin(Account, Account.id == DeviceEnrolment.issued_by_id)
        .where(Device.community_id == community_id, Device.account_id == account_id)
        .order_by(Device.revoked_at.is_not(None), Device.enrolled_at.desc(), Device.id.desc())
    )
    return [OwnTablet(*row) for row in rows]
