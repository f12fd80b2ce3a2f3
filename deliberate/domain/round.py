"""A consent round: its status, duties, visits at doors, who may sign."""

from enum import StrEnum


class RoundStatus(StrEnum):
    """Where a round is; each leads only to the next, and what is only prepared may be dropped."""

    PREPARED = "prepared"
    OPEN = "open"
    COUNTING = "counting"
    CLOSED = "closed"
    DROPPED = "dropped"


RUNNING = (RoundStatus.OPEN, RoundStatus.COUNTING)
"""Answers are asked for, or papers still registered: opened and not yet closed."""


class TallyVisibility(StrEnum):
    """Whether the running number of consents is shown once a day, or not before closing."""

    DAILY = "daily"
    SEALED = "sealed"


class DutyKind(StrEnum):
    """Duties in a round; each held by another person (DESIGN §4, rule 14)."""

    MODERATOR = "moderator"
    CANVASSER = "canvasser"
    SCRUTINEER = "scrutineer"


class SheetRole(StrEnum):
    """In what capacity somebody signs a count sheet."""

    MODERATOR = "moderator"
    SCRUTINEER = "scrutineer"


class Relation(StrEnum):
    """The signer's relation to the household."""

    HEAD = "head"
    SPOUSE = "spouse"
    ADULT_MEMBER = "adult_member"
    TENANT = "tenant"
    OWNER = "owner"
    PROXY = "proxy"


class EvidenceRole(StrEnum):
    """What a piece of evidence shows."""

    PHOTO = "photo"
    SIGNATURE = "signature"
    AUTHORITY = "authority"
    STROKES = "strokes"


class VisitOutcome(StrEnum):
    """How an attempt at a door ended."""

    ANSWERED = "answered"
    PAPERS_LEFT = "papers_left"
    NOT_HOME = "not_home"
    REFUSED = "refused"
    MOVED = "moved"
    VACANT = "vacant"
    COME_BACK = "come_back"
    INACCESSIBLE = "inaccessible"
    LANGUAGE = "language"
    DO_NOT_VISIT = "do_not_visit"


class VisitWish(StrEnum):
    """What a household asks for."""

    CALL = "call"
    VISIT = "visit"
