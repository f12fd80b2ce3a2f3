"""Tries at secrets, counted in a transaction of their own before the secret is looked at."""

from collections.abc import Sequence

from deliberate.domain.errors import BadInput
from deliberate.services import throttle

from ..back import place
from ..store import config, transaction


def count(tries: Sequence[throttle.Try]) -> None:
    """Count one try at each, or refuse with TooMany."""
    with transaction() as tx:
        throttle.count(tx.session, tries, now=tx.now)


def of_number(who: str, number: str) -> Sequence[throttle.Try]:
    """Count that this number is wanted, if one is; or refuse with TooMany."""
    counted = throttle.number_tries(config().code_key, who, place()) if number.strip() else ()
    if counted:
        count(counted)
    return counted


def tells_of_number(refusal: BadInput) -> bool:
    """Whether the refusal is about the number; any other says nothing of it."""
    return refusal.params.get("field") == "telephone"


def give_back(tries: Sequence[throttle.Try]) -> None:
    """The secret was right."""
    with transaction() as tx:
        throttle.give_back(tx.session, tries)
