"""Why a tablet's record does not come into force: a reason for the tablet, and the sentence for the office."""

from typing import Any

from deliberate.domain.errors import NotAllowed, NotFound, Refusal
from deliberate.domain.sync import Reason

from .answerable import PlanChanged
from .door import OwnDoor, WrongCrew
from .form_numbers import NotIssued
from .papers import CrewStopped, SerialUsed, SpoiltForm


class Quarantine(Exception):
    """The record is kept whole, and a person decides."""

    def __init__(self, reason: Reason, **why: Any) -> None:
        super().__init__(reason)
        self.reason, self.why = reason, why


class NotYet(Exception):
    """The record cannot be judged before something else is here."""

    def __init__(self, waits_for: str | None = None, *, earlier: bool = False) -> None:
        super().__init__()
        self.waits_for, self.earlier = waits_for, earlier


_REASONS: tuple[tuple[type[Refusal], Reason], ...] = (
    (CrewStopped, Reason.CREW_SUSPENDED),
    (OwnDoor, Reason.OWN_HOUSEHOLD),
    (WrongCrew, Reason.WRONG_CREW),
    (SerialUsed, Reason.SERIAL_USED),
    (NotIssued, Reason.SERIAL_NOT_ISSUED),
    (PlanChanged, Reason.PLAN_CHANGED),
    (NotFound, Reason.UNKNOWN_MATTER),
    (NotAllowed, Reason.NOT_ON_DUTY),
)


def quarantine_of(refusal: Refusal) -> Quarantine:
    """What a deed refused, as a reason; the sentence is kept for the office to read in its own language.

    So is what to do next where the office itself can do it.
    """
    reason = next((reason for kind, reason in _REASONS if isinstance(refusal, kind)), Reason.BAD_FORM)
    params = {
        name: value if isinstance(value, int | str) else str(value) for name, value in refusal.params.items()
    }
    then = {"then": refusal.next_step} if isinstance(refusal, SpoiltForm) else {}
    return Quarantine(reason, says=refusal.why, params=params, **then)
