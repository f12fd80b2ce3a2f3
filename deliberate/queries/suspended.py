"""Papers of a household that are suspended with their crew and wait for somebody to ask: not counted, but not gone."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Deed, Record, heads
from deliberate.models import SuspendedConsent, SuspensionCheck


def waiting(session: Session, records: Sequence[Record]) -> Mapping[int, Record]:
    """Each such paper among these, by the voiding that stands in its place; found genuine, the paper counts again."""
    voidings = [record.id for record in heads(records) if record.deed is Deed.VOIDING]
    if not voidings:
        return {}
    checked = select(SuspensionCheck.id).where(SuspensionCheck.suspended_consent_id == SuspendedConsent.id)
    rows = session.execute(
        select(SuspendedConsent.voiding_id, SuspendedConsent.consent_id).where(
            SuspendedConsent.voiding_id.in_(voidings), ~checked.exists()
        )
    )
    known = {record.id: record for record in records}
    return {voiding_id: known[consent_id] for voiding_id, consent_id in rows}
