"""What was made once and is the same for everybody, kept by all that it was made of: the newest used, in memory.

A part of a page is kept under every value that its macro is given, the reader's language and the community of its
links. Nothing ever becomes old in here: another value is another key. What is given must say all that is shown, so
never the reader.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from sys import getsizeof
from threading import Lock
from typing import Any, Generic, TypeVar

from flask import Flask, g, request
from flask_babel import get_locale
from markupsafe import Markup

T = TypeVar("T")
MEGABYTE = 1024 * 1024
LONGEST_PART = 8_000
"""Characters; a longer part is made anew."""


class Kept(Generic[T]):
    """As many as fit; the one that was not asked for longest makes room."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._bytes, self._lock = most_bytes, 0, Lock()
        self._rows: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()

    def get(self, key: Hashable) -> T | None:
        """What is kept under this key."""
        with self._lock:
            found = self._rows.get(key)
            if found is None:
                return None
            self._rows.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: T, size: int) -> None:
        """Keep it, in place of what was there."""
        with self._lock:
            self._bytes += size - self._rows.pop(key, (None, 0))[1]
            self._rows[key] = value, size
            while self._bytes > self._most and self._rows:
                self._bytes -= self._rows.popitem(last=False)[1][1]

    def __len__(self) -> int:
        return len(self._rows)


_PARTS: Kept[Markup] = Kept(16 * MEGABYTE)


def part(macro: Callable[..., Markup], row: Any, *given: Any) -> Markup:
    """What the macro makes of these values, made once; its name is that of nothing else that is kept."""
    return parts(macro, (row,), *given)


def parts(macro: Callable[..., Markup], rows: Iterable[Any], *given: Any) -> Markup:
    """The same of one row after the other."""
    community = g.get("community")
    name: str = macro.name  # type: ignore[attr-defined]
    beside = (name, str(get_locale()), request.script_root, community and community.slug, given)
    made = []
    for row in rows:
        key = (beside, _told(row))
        found = _PARTS.get(key)
        if found is None:
            found = macro(row, *given)
            if len(found) <= LONGEST_PART:
                _PARTS.put(key, found, 2 * getsizeof(found) + 500)
        made.append(found)
    return Markup("").join(made)


def _told(value: Any) -> Hashable:
    """All that a value says, as a key; a row that holds a list is told by its fields."""
    kind: Any = type(value)
    if kind is list:
        return tuple(map(_told, value))
    if not _is_row(kind):
        found: Hashable = value
        return found
    return kind, tuple([_told(one) if type(one) is list else one for one in _fields(kind)(value)])


_is_row = cache(is_dataclass)


@cache
def _fields(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    names = [field.name for field in fields(kind)]
    return attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)


def install(app: Flask) -> None:
    """Give it to the templates."""
    app.jinja_env.globals.update(part=part, parts=parts)
