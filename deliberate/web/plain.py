"""What an address or a form may hold at all, whatever page it is sent to."""

from typing import Any

from flask import request
from werkzeug.routing import IntegerConverter

from deliberate.domain.errors import NotFound

from .errors import Unfit

LARGEST = 2**31 - 1
"""Of the numbers by which both stores find a row."""


class Number(IntegerConverter):
    """A whole number in an address; a larger one is an address that does not exist."""

    def __init__(self, url_map: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **{"max": LARGEST, **kwargs})


def number_in(typed: str) -> int:
    """The whole number that a field holds; 0 when it is none by which a store finds a row."""
    short = typed.isascii() and typed.isdigit() and len(typed) <= len(str(LARGEST))
    return int(typed) if short and int(typed) <= LARGEST else 0


def refuse_unfit() -> None:
    """No NUL in anything: PostgreSQL keeps none, and no keyboard types one (before_request)."""
    if "\0" in request.path:
        raise NotFound()
    sent = [*request.args.items(multi=True), *request.form.items(multi=True)]
    if any("\0" in name or "\0" in value for name, value in sent):
        raise Unfit()
