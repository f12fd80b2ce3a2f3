"""Guards of what tablets deliver: the bytes stay as they came, and a settled record is not judged again."""

from .guard import Guard, same
from .retention import of_no_kept_round

_AS_IT_CAME = same("community_id", "record_id", "device_uuid", "seq", "sha256", "via", "received_at", "about")
_SAYS = "a record of a tablet is kept in the bytes in which it came"

TABLET_GUARDS = (
    *(
        Guard(
            "tablet_record_as_it_came",
            "tablet_record",
            "UPDATE",
            f"{_AS_IT_CAME} AND ({same('payload')} OR (length(NEW.payload) = 0 AND {over}))",
            _SAYS,
            only=store,
        )
        for store, over in of_no_kept_round("received_at").items()
    ),
    Guard(
        "tablet_record_stays_settled",
        "tablet_record",
        "UPDATE",
        "OLD.verdict NOT IN ('accepted', 'late', 'mismatch') OR NEW.verdict = OLD.verdict",
        "what was accepted, late or a mismatch stays so",
    ),
)
