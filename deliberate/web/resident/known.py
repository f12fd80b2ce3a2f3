"""What this reader knows of a household's records: those whose receipt was given to this account or browser."""

from deliberate.queries.answers import OwnEntry, OwnRecord
from deliberate.services import recording

from .. import given
from ..store import config


def has_receipt(record: OwnRecord) -> bool:
    """Whether the reader is the one to whom the receipt was given."""
    return record.mine_to_change or given.given_here(record.request_id)


def sees(record: OwnRecord) -> bool:
    """Whether the reader is shown what the record says."""
    return record.seen or has_receipt(record)


def knows_all(voice: OwnEntry) -> bool:
    """Whether the reader was given the receipt of every answer that stands, and so need name none of them."""
    return all(has_receipt(record) for record in voice.standing_records)


def code_of(record: OwnRecord) -> str:
    """The code of its receipt."""
    return recording.receipt_code(config().code_key, record.request_id)


def codes_here(voice: OwnEntry) -> str:
    """The codes of what was answered by letter in this browser and stands."""
    known = [
        code_of(record)
        for record in voice.standing_records
        if not record.mine_to_change and has_receipt(record)
    ]
    return "、".join(known)
