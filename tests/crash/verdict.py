"""What was acknowledged, against what the store holds."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from deliberate.db import Database
from deliberate.domain.consent import heads, standing
from deliberate.models import Consent, EntryStanding
from deliberate.queries import tallies

from .load import Said


def faults(store: Database, said: Sequence[Said]) -> list[str]:
    """Every acknowledged answer once, as given and under the record it was acknowledged as; nothing else."""
    found: list[str] = []
    sent = {one.request_id: one for one in said}
    with store.reading() as session:
        rows = session.query(Consent).order_by(Consent.id).all()
        times = Counter(row.request_id for row in rows)
        found += [f"{request_id} is stored {n} times" for request_id, n in times.items() if n > 1]
        kept = {row.request_id: row for row in rows}
        found += [f"{request_id} was never sent" for request_id in kept.keys() - sent.keys()]
        for one in said:
            row = kept.get(one.request_id)
            if row is None:
                if one.consent_id is not None:
                    found.append(f"{one.request_id} was acknowledged and is lost")
            elif (row.roll_entry_id, row.answer) != (one.entry_id, one.answer):
                found.append(f"{one.request_id} is stored as {row.answer} of {row.roll_entry_id}")
            elif one.consent_id not in (None, row.id):
                found.append(f"{one.request_id} was acknowledged as {one.consent_id}, is {row.id}")
        last = defaultdict(str, {one.entry_id: one.answer for one in said if one.consent_id})
        for entry_id in {row.roll_entry_id for row in rows}:
            records = tallies.records_of_entry(session, entry_id)
            stands = session.get_one(EntryStanding, entry_id).standing
            if len(heads(records)) != 1 or standing(records) is not stands or stands != last[entry_id]:
                found.append(f"entry {entry_id} stands as {stands}, its last answer was {last[entry_id]}")
    return found
