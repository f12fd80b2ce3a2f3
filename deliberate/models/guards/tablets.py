"""Guards of what tablets deliver: the bytes stay as they came, and a settled record is not judged again."""

from .guard import Guard, same

TABLET_GUARDS = (
    Guard(
        "tablet_record_as_it_came",
        "tablet_record",
        "UPDATE",
        same(
            "community_id",
            "record_id",
            "device_uuid",
            "seq",
            "sha256",
            "payload",
            "via",
            "received_at",
            "about",
        ),
        "a record of a tablet is kept in the bytes in which it came",
    ),
    Guard(
        "tablet_record_stays_settled",
        "tablet_record",
        "UPDATE",
        "OLD.verdict NOT IN ('accepted', 'late', 'mismatch') OR NEW.verdict = OLD.verdict",
        "what was accepted, late or a mismatch stays so",
    ),
)
