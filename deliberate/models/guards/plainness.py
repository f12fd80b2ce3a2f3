"""Guards that SQLite needs because its columns take any kind of value: a time is a time, a truth 0 or 1."""

from .guard import Event, Guard

_MOMENT = "????-??-?? ??:??:??.??????".replace("?", "[0-9]")


def _moment(column: str) -> str:
    return f"(NEW.{column} IS NULL OR (typeof(NEW.{column}) = 'text' AND NEW.{column} GLOB '{_MOMENT}'))"


def _whole(column: str) -> str:
    return f"typeof(NEW.{column}) = 'integer'"


_ROUND_TIMES = ("prepared_at", "opened_at", "answer_until", "register_until", "settle_until", "closed_at")
_PLAIN: tuple[tuple[str, tuple[Event, ...], tuple[str, ...]], ...] = (
    (
        "consent",
        ("INSERT",),
        (
            *map(_moment, ("recorded_at", "signed_at")),
            "typeof(NEW.late) = 'integer' AND NEW.late IN (0, 1)",
        ),
    ),
    (
        "consent_round",
        ("INSERT", "UPDATE"),
        (*map(_moment, _ROUND_TIMES), _whole("roll_size"), "json_type(NEW.rules) = 'array'"),
    ),
    ("plan_version", ("INSERT",), (_moment("notice_until"), "json_type(NEW.rules) = 'array'")),
    ("roll_entry", ("INSERT",), (_whole("area"),)),
    ("round_extension", ("INSERT",), tuple(map(_moment, ("old_until", "new_until", "at")))),
    ("ledger_leaf", ("INSERT",), (_moment("at"),)),
    ("ledger_batch", ("INSERT",), (*map(_whole, ("n", "first", "size")), _moment("at"))),
    ("ledger_place", ("INSERT",), (_whole("position"),)),
    ("ledger_head", ("INSERT",), (_whole("size"), _moment("at"))),
    ("objection", ("INSERT", "UPDATE"), (_moment("decided_at"),)),
)

PLAIN_GUARDS = tuple(
    Guard(
        f"{table}_written_plainly",
        table,
        event,
        " AND ".join(must),
        "times, numbers and truths as the tables hold them",
        only="sqlite",
    )
    for table, events, must in _PLAIN
    for event in events
)
