"""Answers that were given by letter in this browser, whose receipts it may show again.

The line may break after an answer is kept and before its receipt has come. So the request that a form is to send is
written down when the form is shown; once an answer is found under it, this browser gave it. A form that was shown and
not sent is shown again with the same request, so that looking pushes out nothing.
"""

from collections.abc import Collection

from flask import session

RECEIPTS = "receipts"
"""Their requests; they go where the letter goes, and are laid down with it."""
OFFERED = "offered"
"""By the entry, the request of the form that was shown for it; it goes with them."""
KEPT = 6
OFFERS_KEPT = 12


def remember(request_id: str) -> None:
    """This browser gave an answer under this request."""
    known = [one for one in session.get(RECEIPTS, []) if one != request_id]
    session[RECEIPTS] = [*known, request_id][-KEPT:]


def given_here(request_id: str) -> bool:
    """Whether this browser gave it; of an answer that is found, a form shown here is enough."""
    return request_id in session.get(RECEIPTS, []) or request_id in session.get(OFFERED, {}).values()


def offered(entry_id: int, answered: Collection[str], fresh: str) -> str:
    """The request for the form of this entry: the one shown before, or a fresh one when that has been answered."""
    offers: dict[str, str] = session.get(OFFERED, {})
    shown = offers.get(str(entry_id))
    if shown is not None and shown not in answered:
        return shown
    if shown is not None:
        remember(shown)
    others = {entry: request_id for entry, request_id in offers.items() if entry != str(entry_id)}
    session[OFFERED] = dict([*others.items(), (str(entry_id), fresh)][-OFFERS_KEPT:])
    return fresh
