"""Answers that were given by letter in this browser, whose receipts it may show again."""

from flask import session

RECEIPTS = "receipts"
"""Their requests; they go where the letter goes, and are laid down with it."""
KEPT = 6


def remember(request_id: str) -> None:
    """This browser gave an answer under this request."""
    session[RECEIPTS] = [*session.get(RECEIPTS, []), request_id][-KEPT:]


def given_here(request_id: str) -> bool:
    """Whether this browser gave it."""
    return request_id in session.get(RECEIPTS, [])
