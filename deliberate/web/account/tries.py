"""Tries at secrets, counted in a transaction of their own before the secret is looked at."""

from collections.abc import Sequence

from deliberate.services import throttle

from ..store import transaction


def count(tries: Sequence[throttle.Try]) -> None:
    """Count one try at each, or refuse with TooMany."""
    with transaction() as tx:
        throttle.count(tx.session, tries, now=tx.now)


def give_back(tries: Sequence[throttle.Try]) -> None:
    """The secret was right."""
    with transaction() as tx:
        throttle.give_back(tx.session, tries)
