"""Similar matters, so that nobody raises twice what is already under way.

Texts are compared by pairs of neighbouring characters: a two-character Chinese word is one pair, and needs no
dictionary. A pair that many matters share says little and weighs less.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

LONGEST = 2000
"""Characters of a text that are compared."""
LEAST = Fraction(1, 5)
"""From this share of the question on, a matter is called similar."""
TITLE_WEIGHT = 3


@dataclass(frozen=True, slots=True)
class Known:
    """A matter to compare with."""

    id: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of the question a matter holds, from 0 to 1."""

    id: int
    share: Fraction


def pairs(text: str) -> frozenset[str]:
    """Pairs of neighbouring letters or digits; punctuation and spaces part them."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return frozenset(word[at : at + 2] for word in words for at in range(max(1, len(word) - 1)))


def rank(title: str, body: str, others: Iterable[Known], most: int = 5) -> tuple[Likeness, ...]:
    """The matters most like this text, best first; of equals the newest (greatest id)."""
    asked_title, asked_body = pairs(title), pairs(body)
    asked = asked_title | asked_body
    matters = [(other.id, pairs(other.title), pairs(other.body)) for other in others]
    common = Counter(pair for _, its_title, its_body in matters for pair in asked & (its_title | its_body))
    weight = {
        pair: Fraction(TITLE_WEIGHT if pair in asked_title else 1, max(1, common[pair])) for pair in asked
    }
    whole = sum(weight.values())
    if not whole:
        return ()
    found = [
        Likeness(number, share)
        for number, its_title, its_body in matters
        if (share := _held(asked, weight, its_title, its_body) / whole) >= LEAST
    ]
    return tuple(sorted(found, key=lambda like: (-like.share, -like.id))[:most])


def _held(
    asked: frozenset[str], weight: dict[str, Fraction], title: frozenset[str], body: frozenset[str]
) -> Fraction:
    """What of the question is in the matter; in its body alone it counts half."""
    in_title = sum((weight[pair] for pair in asked & title), Fraction(0))
    in_body = sum((weight[pair] for pair in asked & (body - title)), Fraction(0))
    return in_title + in_body / 2
