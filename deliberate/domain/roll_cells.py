"""Single cells of a household: area, telephone, occupancy, floor. Each gives a value or the fault's kind."""

import math
import re
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from deliberate.domain.roll_faults import FaultKind
from deliberate.domain.roll_text import Cell, compact

LARGEST_AREA = Decimal(10000)
TELEPHONE_DIGITS = (7, 15)
MOBILE_DIGITS = 11
_CENT = Decimal("0.01")
_AREA = re.compile(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:M2|M²|平方米|平方|平米|平|SQM)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
_SEPARATORS = re.compile(r"[\s\-()/.\u2010-\u2015]+")
_TELEPHONE = re.compile(r"\+?\d+")
_CHINA = re.compile(r"(?:\+86|0086|86)(?=1\d{10}$)")
_FLOOR = re.compile(r"(?:第)?(负|地下|B|-)?(\d{1,3})(?:层|楼|F)?")


class Occupancy(StrEnum):
    """Who lives there. A vacant home still counts in the denominator (DESIGN §4, rule 2)."""

    SELF_OCCUPIED = "self_occupied"
    RENTED = "rented"
    VACANT = "vacant"
    UNKNOWN = "unknown"


OCCUPANCY_TITLES = {
    Occupancy.SELF_OCCUPIED: "自住",
    Occupancy.RENTED: "出租",
    Occupancy.VACANT: "空置",
    Occupancy.UNKNOWN: "",
}
_OCCUPANCY_WORDS = {
    Occupancy.SELF_OCCUPIED: "自住 自用 自住房 自有 自有自住 业主自住 本人居住 业主居住 常住 "
    "SELF SELFOCCUPIED OWNEROCCUPIED OCCUPIED SELF-OCCUPIED OWNER-OCCUPIED SELF_OCCUPIED",
    Occupancy.RENTED: "出租 租户 租住 租赁 承租 出租房 租房 已出租 出租户 租客 "
    "RENTED TENANT RENT LET TENANTED",
    Occupancy.VACANT: "空置 空 空房 空置房 空户 闲置 未入住 未住 无人 无人居住 无人住 VACANT EMPTY",
    Occupancy.UNKNOWN: "不详 未知 不明 UNKNOWN",
}
_OCCUPANCY = {word: state for state, words in _OCCUPANCY_WORDS.items() for word in words.split()}


def occupancy_of(cell: Cell) -> Occupancy | None:
    """None for a word that is not known; an empty cell is unknown."""
    word = compact(cell)
    return _OCCUPANCY.get(word) if word else Occupancy.UNKNOWN


def area_of(cell: Cell) -> Decimal | FaultKind | None:
    """Square metres with two places, half a square centimetre up."""
    if isinstance(cell, bool | date | time | timedelta):
        return FaultKind.area_not_number
    if isinstance(cell, int | float):
        return _area(Decimal(repr(cell))) if math.isfinite(cell) else FaultKind.area_not_number
    text = _THOUSANDS.sub("", compact(cell)).replace("\u2212", "-")
    if not text:
        return None
    found = _AREA.fullmatch(text)
    return _area(Decimal(found.group(1))) if found else FaultKind.area_not_number


def _area(value: Decimal) -> Decimal | FaultKind:
    if value > LARGEST_AREA:
        return FaultKind.area_too_large
    try:
        area = value.quantize(_CENT, ROUND_HALF_UP)
    except InvalidOperation:
        return FaultKind.area_not_positive
    return area if area > 0 else FaultKind.area_not_positive


def telephone_of(cell: Cell) -> str | FaultKind | None:
    """The digits of one number; `+86` before a mobile number is dropped.

    Local numbers have 7 digits, but what begins with 1 is a mobile number and has 11.
    """
    if isinstance(cell, bool | date | time | timedelta):
        return FaultKind.telephone_bad
    text = _CHINA.sub("", _SEPARATORS.sub("", compact(cell)))
    if not text:
        return None
    if not _TELEPHONE.fullmatch(text) or (isinstance(cell, float) and not cell.is_integer()):
        return FaultKind.telephone_bad
    digits = text.lstrip("+")
    if len(digits) < (MOBILE_DIGITS if digits.startswith("1") else TELEPHONE_DIGITS[0]):
        return FaultKind.telephone_short
    return digits if len(digits) <= TELEPHONE_DIGITS[1] else FaultKind.telephone_bad


def floor_typed(cell: Cell) -> int | FaultKind | None:
    """The floor where the office has a column for it."""
    text = compact(cell)
    if not text:
        return None
    found = _FLOOR.fullmatch(text)
    if found is None or isinstance(cell, bool):
        return FaultKind.bad_floor
    return -int(found.group(2)) if found.group(1) else int(found.group(2))
