"""Why a head of the tree is made, and the ways by which it leaves our hands."""

from enum import StrEnum


class HeadReason(StrEnum):
    """What made it time for a head."""

    BATCH = "batch"
    DAILY = "daily"
    OPENING = "opening"
    CLOSING = "closing"
    FINAL = "final"


class AnchorWay(StrEnum):
    """How others got to hold a head that we can then no longer replace."""

    NOTICE = "notice"
    MAIL = "mail"
    FEED = "feed"
    PRINTED = "printed"
    OBSERVER = "observer"
