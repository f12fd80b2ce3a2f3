"""Typed reading of one JSON object: a value is what it must be, or the field is named as malformed."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from .sync import LARGEST_NUMBER, uuid_of

Word = TypeVar("Word", bound=StrEnum)
_HASH = re.compile(r"[0-9a-f]{64}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST_COUNT = 2**53
"""Of the whole numbers that JavaScript counts exactly."""


class Malformed(ValueError):
    """A field is not what it must be."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Fields:
    """A JSON object. Unknown fields are passed over; absent ones have the default, or are malformed."""

    def __init__(self, data: Any, path: str = "") -> None:
        if not isinstance(data, dict):
            raise Malformed(path or "object")
        self.data: dict[str, Any] = data
        self._path = path

    def _wrong(self, name: str) -> Malformed:
        return Malformed(f"{self._path}.{name}" if self._path else name)

    def text(self, name: str, most: int, *, least: int = 0, default: str | None = None) -> str:
        """Text of a lawful length; PostgreSQL keeps no NUL, and UTF-8 no lone surrogate."""
        value = self.data.get(name, default)
        if not isinstance(value, str) or len(value) > most or (least and len(value.strip()) < least):
            raise self._wrong(name)
        if "\0" in value or not (value.isascii() or _SURROGATE.search(value) is None):
            raise self._wrong(name)
        return value

    def texts(self, name: str, *, most: int, longest: int) -> tuple[str, ...]:
        """A list of short texts."""
        value = self.data.get(name, [])
        if not isinstance(value, list) or len(value) > most:
            raise self._wrong(name)
        return tuple(Fields({name: one}, self._path).text(name, longest) for one in value)

    def number(self, name: str, *, least: int = 0, most: int = LARGEST_NUMBER) -> int:
        """A whole number that the store can hold."""
        value = self.data.get(name)
        if type(value) is not int or not least <= value <= most:
            raise self._wrong(name)
        return value

    def count(self, name: str) -> int:
        """A whole number of milliseconds."""
        return self.number(name, most=_LARGEST_COUNT)

    def count_or_none(self, name: str) -> int | None:
        """The same, where it may be unknown."""
        return None if self.data.get(name) is None else self.count(name)

    def truth(self, name: str) -> bool:
        """True only if it says so."""
        value = self.data.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name)
        return value

    def uuid(self, name: str) -> str:
        """A uuid in its one written form."""
        value = uuid_of(self.data.get(name))
        if value is None:
            raise self._wrong(name)
        return value

    def sha256(self, name: str) -> str:
        """A hash in lower-case hexadecimal."""
        value = self.data.get(name)
        if not isinstance(value, str) or not _HASH.fullmatch(value):
            raise self._wrong(name)
        return value

    def moment(self, name: str) -> datetime:
        """A time with its zone, in UTC."""
        try:
            value = datetime.fromisoformat(self.text(name, 40))
            if value.tzinfo is None:
                raise ValueError("a time without a zone")
            return value.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self._wrong(name) from error

    def moment_or_none(self, name: str) -> datetime | None:
        """The same, where there may be none."""
        return None if self.data.get(name) is None else self.moment(name)

    def word(self, name: str, kind: type[Word]) -> Word:
        """One of the words of an enum."""
        value: Any = self.data.get(name)
        try:
            return kind(value)
        except ValueError as error:
            raise self._wrong(name) from error

    def one_of(self, name: str, words: Sequence[str], *, default: str) -> str:
        """One of a few words."""
        value = self.text(name, 40, default=default)
        if value not in words:
            raise self._wrong(name)
        return value

    def part_or_none(self, name: str) -> "Fields | None":
        """An object within, where there may be none."""
        value = self.data.get(name)
        return None if value is None else Fields(value, f"{self._path}.{name}" if self._path else name)

    def parts(self, name: str, *, least: int = 0, most: int) -> "list[Fields]":
        """A list of objects."""
        value = self.data.get(name, [])
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise self._wrong(name)
        return [Fields(one, f"{name}.{place}") for place, one in enumerate(value)]
