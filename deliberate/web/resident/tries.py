"""A try at a code is counted first, and given back when the code was right."""

from collections.abc import Callable
from typing import TypeVar

from deliberate.services import throttle

from ..back import place
from ..store import config, transaction

Looked = TypeVar("Looked")


def counted(code: str, look: Callable[[], Looked]) -> Looked:
    """What the look gives; TooMany before it when this code, or this place, was tried too often."""
    tries = throttle.code_tries(config().code_key, code, place())
    with transaction() as tx:
        throttle.count(tx.session, tries, now=tx.now)
    found = look()
    with transaction() as tx:
        throttle.give_back(tx.session, tries)
    return found
