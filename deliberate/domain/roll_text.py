"""What an office types, made comparable: widths, spaces, invisible characters, the dots of Uyghur names.

Names are never shortened and never respelt; only what the eye cannot tell apart is made one. Addresses and
headings go through the stronger compatibility folding (NFKC), names do not: it would replace rare characters.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

Cell = str | float | int | bool | datetime | date | time | timedelta | None

DOT = "\u00b7"
DOTS = "\u00b7\u2022\u30fb\uff65\uff0e\u2027\u2219\u22c5\u25cf\u26ab\u0387\u2e31\u2e33\u2024\u16eb\u1427"
NUMERALS = "一二三四五六七八九"

_WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_SPACES = re.compile(r"\s+")
_DOTS = re.compile(rf"\s*[{DOTS}]+(?:\s*[{DOTS}]+)*\s*")
_TYPED_DOT = re.compile(r"(?<=[^\W\d_])\s*[.。]\s*(?=[^\W\d_])")
_SPREAD_NAME = re.compile(r"([\u3400-\u9fff])\s+([\u3400-\u9fff])")
_BETWEEN_NAMES = re.compile(r"[、，､﹑,،;；؛/／|｜&＆\n\r\t\v\f\x85\u2028\u2029]")
"""What stands between people in a list of them."""
_SEARCH_DROPS = re.compile(rf"[\s{DOTS}.。\u200c\u200d]+")
_HAN_NUMBER = re.compile(r"[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九]")
_HAN_COUNTED = re.compile(
    r"([一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[号期区院组队单栋幢座楼])"
)
_DIGITS = re.compile(r"(\d+)")


def text_of(cell: Cell) -> str:
    """The cell as a person would read it: 101.0 is 101, outer and double spaces are gone."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).translate(_WIDTHS) if isinstance(cell, str) else str(cell)
    return tidy(text)


def typed(cell: Cell) -> str:
    """The cell as it was typed, to be shown beside its fault; never longer than a line."""
    text = cell if isinstance(cell, str) else text_of(cell)
    return text if len(text) <= 200 else text[:199] + "…"


def tidy(text: str) -> str:
    """Without invisible characters (they can reverse what a reader sees) and without stray spaces."""
    if text.isalnum():
        return text
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


def compact(cell: Cell) -> str:
    """For headings and addresses: compatibility forms folded, upper case, no space, 101 for `101.0`."""
    text = text_of(cell)
    if text.isascii() and text.isalnum():
        return text.upper()
    text = _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()
    return text[:-2] if text.endswith(".0") and text[:-2].isdecimal() else text


def person_name(cell: Cell) -> str:
    """One spelling of the dot in a name, whatever key it was typed with; the name itself stays whole."""
    if not isinstance(cell, str):
        return text_of(cell)
    if cell.isalnum():
        return cell
    name = text_of(_DOTS.sub(DOT, _INVISIBLE.sub("", cell)))
    if name.startswith("="):
        return text_of(cell)
    name = _TYPED_DOT.sub(_dot_unless_latin, name)
    spread = _SPREAD_NAME.fullmatch(name)
    return "".join(spread.groups()) if spread else name.strip(DOT + " ")


def names_several(name: str) -> bool:
    """Whether it could be read as the names of several people."""
    return _BETWEEN_NAMES.search(name.strip()) is not None


def _dot_unless_latin(match: re.Match[str]) -> str:
    """`J. Smith` keeps its full stop; between other letters it is the dot of a name."""
    before, after = match.string[match.start() - 1], match.string[match.end()]
    return match.group() if before.isascii() and after.isascii() else DOT


def search_key(name: str) -> str:
    """Equal for all spellings of one name: dots, spaces, widths and case do not count."""
    return _SEARCH_DROPS.sub("", unicodedata.normalize("NFKC", tidy(name))).casefold()


def han_number(text: str) -> str:
    """`十二` is 12; anything that is not a small Chinese number stays as it is."""
    if not _HAN_NUMBER.fullmatch(text):
        return text
    if "十" not in text:
        return str(NUMERALS.index(text) + 1)
    tens, ones = text.split("十")
    return str((NUMERALS.index(tens) + 1 if tens else 1) * 10 + (NUMERALS.index(ones) + 1 if ones else 0))


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key in which 2 comes before 10, and 二号院 before 三号院."""
    counted = _HAN_COUNTED.sub(lambda found: han_number(found.group()), text)
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(counted) if part
    )
