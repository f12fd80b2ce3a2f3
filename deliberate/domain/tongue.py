"""In which language somebody typed a text, as far as its script tells: so that it is read aloud and set rightly.

People type what they like on pages of every language. Of the languages here each has a script of its own, so the
script decides; a number or a single letter tells nothing.
"""

import re

RIGHT_TO_LEFT = frozenset({"ug"})
_HAN = re.compile(r"[\u3400-\u9fff]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
LETTERS_OF_A_SIGN = 2
"""A Chinese sign says about as much as so many letters."""


def tongue_of(text: str) -> str | None:
    """The language tag of a text; None when nothing tells."""
    han, arabic = len(_HAN.findall(text)), len(_ARABIC.findall(text))
    if han or arabic:
        return "zh-Hans" if han * LETTERS_OF_A_SIGN >= arabic else "ug"
    return "en" if _LATIN_WORD.search(text) else None
