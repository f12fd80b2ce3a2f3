"""Consents of one roll entry: what its records, taken together, say (DESIGN §4, rules 1, 6, 8 and 10).

Records are append-only. A record *stands* while it is counted (registered in time) and no other counted
record names it as superseded. The standing records of an entry either agree, which is one answer however
many channels brought it, or they differ, which is a contradiction and counts for neither side. The result
does not depend on the order in which the records came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Answer(StrEnum):
    """What a household says. Silence is not among them; it is computed."""

    AGREE = "agree"
    DISAGREE = "disagree"
    ABSTAIN = "abstain"


class Channel(StrEnum):
    """How an answer came."""

    ONLINE = "online"
    PAPER = "paper"


class Deed(StrEnum):
    """Why a record was made."""

    ANSWER = "answer"
    CHANGE = "change"
    WITHDRAWAL = "withdrawal"
    CORRECTION = "correction"
    VOIDING = "voiding"
    SETTLEMENT = "settlement"


class Standing(StrEnum):
    """Where one household stands in a round. Each is in exactly one."""

    AGREE = "agree"
    DISAGREE = "disagree"
    ABSTAIN = "abstain"
    CONTRADICTION = "contradiction"
    WITHDRAWN = "withdrawn"
    INVALID = "invalid"
    LATE = "late"
    SILENT = "silent"


ANSWERED = frozenset({Standing.AGREE, Standing.DISAGREE, Standing.ABSTAIN, Standing.CONTRADICTION})
"""Standings that people see as "has answered": never how."""

_OF_ANSWER = {
    Answer.AGREE: Standing.AGREE,
    Answer.DISAGREE: Standing.DISAGREE,
    Answer.ABSTAIN: Standing.ABSTAIN,
}


@dataclass(frozen=True, slots=True)
class Record:
    """One recorded consent, as far as counting needs it."""

    id: int
    deed: Deed
    answer: Answer | None
    channel: Channel
    supersedes: frozenset[int] = frozenset()
    late: bool = False


def heads(records: Iterable[Record]) -> tuple[Record, ...]:
    """The records that stand: counted, and superseded by no counted record."""
    counted = [r for r in records if not r.late]
    gone = {old for r in counted for old in r.supersedes}
    return tuple(r for r in counted if r.id not in gone)


def standing(records: Iterable[Record]) -> Standing:
    """Where the household stands, whatever the order of its records."""
    every = tuple(records)
    tops = heads(every)
    answers = {r.answer for r in tops if r.answer is not None}
    if len(answers) > 1:
        return Standing.CONTRADICTION
    if answers:
        return _OF_ANSWER[answers.pop()]
    deeds = {r.deed for r in tops}
    if Deed.WITHDRAWAL in deeds:
        return Standing.WITHDRAWN
    if deeds:
        return Standing.INVALID
    return Standing.LATE if every else Standing.SILENT


class Window(StrEnum):
    """Which of a round's clocks is running."""

    NOT_OPEN = "not_open"
    ANSWERING = "answering"
    REGISTERING = "registering"
    SETTLING = "settling"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Clocks:
    """The times locked into a round at opening (DESIGN §3, *counting*); all with a zone."""

    opened_at: datetime
    answer_until: datetime
    register_until: datetime
    settle_until: datetime

    def __post_init__(self) -> None:
        if not self.opened_at < self.answer_until <= self.register_until <= self.settle_until:
            raise ValueError("the clocks of a round must follow one another")

    def window(self, now: datetime) -> Window:
        """The window at `now`; each ends at its time, exclusively."""
        if now < self.opened_at:
            return Window.NOT_OPEN
        if now < self.answer_until:
            return Window.ANSWERING
        if now < self.register_until:
            return Window.REGISTERING
        if now < self.settle_until:
            return Window.SETTLING
        return Window.OVER

    def paper_counts(self, signed_at: datetime, now: datetime) -> bool:
        """Whether a paper signed then and registered now is counted, whatever a tablet's clock says."""
        return signed_at < self.answer_until and signed_at <= now and now < self.register_until
