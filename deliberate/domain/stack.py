"""A stack of papers at the desk: each picture is matched by the serial of its form.

The serial says to which crew and round the form was given, and whether it is on record already. Work at the desk
has no visit, so it has neither pace nor hour (`signs.py`).
"""

from enum import StrEnum


class PictureState(StrEnum):
    """What has become of one picture of a stack."""

    WAITING = "waiting"
    REGISTERED = "registered"
    COMPLETED = "completed"
    """It is the photograph for which a tablet's record waited."""
    SPOILT = "spoilt"
    LEFT_OUT = "left_out"


ASIDE = (PictureState.SPOILT, PictureState.LEFT_OUT)
"""What a person may declare without an answer."""


class Match(StrEnum):
    """Where the serial on a picture leads."""

    UNREAD = "unread"
    SPOILT = "spoilt"
    REGISTERED = "registered"
    AWAITED = "awaited"
    DELIVERED = "delivered"
    OTHER_ROUND = "other_round"
    FREE = "free"


def match(
    *, read: bool, spoilt: bool, registered: bool, awaited: bool, delivered: bool, running: bool
) -> Match:
    """The first that holds: a form on record is not entered again, and one of another round not at all."""
    if not read:
        return Match.UNREAD
    found = (
        (registered, Match.REGISTERED),
        (spoilt, Match.SPOILT),
        (not running, Match.OTHER_ROUND),
        (awaited, Match.AWAITED),
        (delivered, Match.DELIVERED),
    )
    return next((one for holds, one in found if holds), Match.FREE)
