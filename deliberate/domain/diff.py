"""Two texts side by side: paragraph beside paragraph, and in a changed one character beside character."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

MOST_WORK = 1_000_000
"""Pairs compared; longer texts than that are shown as wholly changed rather than making the reader wait."""
Block = tuple[bool, Sequence[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters, changed or not."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Two paragraphs that stand beside each other; a side without one is empty."""

    left: tuple[Piece, ...]
    right: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """Whether the two sides differ."""
        return any(piece.changed for piece in (*self.left, *self.right))


def paragraphs(text: str) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def compare(old: str, new: str) -> tuple[Row, ...]:
    """Every paragraph of both texts, in order."""
    left, right = paragraphs(old), paragraphs(new)
    rows: list[Row] = []
    for same, from_left, from_right in _blocks(left, right):
        if same:
            rows += [Row((Piece(text),), (Piece(text),)) for text in from_left]
        else:
            rows += [_row(a, b) for a, b in zip_longest(from_left, from_right)]
    return tuple(rows)


def _blocks(left: Sequence[str], right: Sequence[str]) -> list[Block]:
    """Stretches that are the same on both sides, and stretches that differ, in order."""
    head = _shared(left, right)
    tail = min(_shared(left[::-1], right[::-1]), len(left) - head, len(right) - head)
    end_left, end_right = len(left) - tail, len(right) - tail
    middle = _middle(left[head:end_left], right[head:end_right])
    blocks = [(True, left[:head], right[:head]), *middle, (True, left[end_left:], right[end_right:])]
    return [block for block in blocks if block[1] or block[2]]


def _shared(left: Sequence[str], right: Sequence[str]) -> int:
    """How far both begin alike."""
    return next(
        (at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )


def _middle(left: Sequence[str], right: Sequence[str]) -> list[Block]:
    if len(left) * len(right) > MOST_WORK:
        return [(False, left, right)]
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [(tag == "equal", left[a:b], right[c:d]) for tag, a, b, c, d in matcher.get_opcodes()]


def _row(old: str | None, new: str | None) -> Row:
    if old is None or new is None:
        return Row(_whole(old), _whole(new))
    left: list[Piece] = []
    right: list[Piece] = []
    for same, from_left, from_right in _blocks(old, new):
        left += [Piece("".join(from_left), not same)] if from_left else []
        right += [Piece("".join(from_right), not same)] if from_right else []
    return Row(tuple(left), tuple(right))


def _whole(text: str | None) -> tuple[Piece, ...]:
    return (Piece(text, changed=True),) if text is not None else ()
