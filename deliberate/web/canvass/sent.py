"""What tablets send, as far as the transport goes: size, JSON, and the clocks of the sending."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from deliberate.domain.errors import BadInput
from deliberate.domain.sync import uuid_of
from deliberate.domain.tablet_clock import Sending
from deliberate.domain.tablet_fields import Fields, Malformed


def body(most: int) -> bytes:
    """The bytes of the request; more than that is refused before they are read."""
    if (request.content_length or 0) > most:
        raise RequestEntityTooLarge()
    data = request.get_data(cache=False)
    if len(data) > most:
        raise RequestEntityTooLarge()
    return data


def fields(most: int) -> Fields:
    """A JSON object."""
    try:
        return Fields(json.loads(body(most)))
    except (ValueError, RecursionError) as error:
        raise BadInput() from error


def uuid(sent: Fields, name: str) -> str:
    """A uuid without which the request makes no sense."""
    found = uuid_of(sent.data.get(name))
    if found is None:
        raise BadInput()
    return found


def moment(sent: Fields, name: str) -> datetime | None:
    """A time; what is none is not there. No record is refused for a clock."""
    with suppress(Malformed):
        return sent.moment_or_none(name)
    return None


def text(sent: Fields, name: str, most: int) -> str:
    """A text, cut to its length."""
    value = sent.data.get(name)
    return "".join(c for c in value if c.isprintable())[:most] if isinstance(value, str) else ""


def number(sent: Fields, name: str, default: int) -> int:
    """A whole number; what is none is the default."""
    with suppress(Malformed):
        return sent.number(name)
    return default


def count(sent: Fields, name: str) -> int | None:
    """Milliseconds, if they are told."""
    with suppress(Malformed):
        return sent.count_or_none(name)
    return None


def sending(sent: Fields, received_at: datetime, skew: timedelta, before: timedelta) -> Sending:
    """The clocks of the delivery, with the skew that was measured the time before."""
    boot_id = uuid_of(sent.data.get("boot_id")) or ""
    return Sending(received_at, skew, boot_id, count(sent, "sent_mono_ms"), before)


REPORTED = {
    "waiting": int,
    "oldest_waiting_at": str,
    "evidence_waiting": int,
    "delivered": int,
    "persisted": bool,
    "free_bytes": int,
    "app_build": str,
    "next_seq": int,
    "unsent_from": int,
    "installed": bool,
    "quota_bytes": int,
    "usage_bytes": int,
}
"""What a tablet may tell of itself; anything else is passed over."""


def report(told: Any) -> dict[str, Any]:
    """The known fields of a report, each of its kind, texts cut."""
    if not isinstance(told, dict):
        return {}
    known = {name: value for name, value in told.items() if type(value) is REPORTED.get(name)}
    return {name: _fit(value) for name, value in known.items()}


def _fit(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(c for c in value if c.isprintable())[:60]
    return value if abs(value) < 2**53 else None
