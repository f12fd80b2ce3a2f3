"""One home, however it was written down: `3-2-501`, `3号楼2单元501室`, `3#2-501`, or four columns.

A home is known by estate, building, unit and room, each reduced to its bare name (`1号楼`, `1#`, `1栋` are
building 1). Where there is only one way to read a form it is read; everything else is left to a person.
"""

import re
from dataclasses import dataclass

from deliberate.domain.roll_text import han_number, natural

_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc_/\\]+|(?<=\d)一(?=\d)")
_GRID = re.compile(r"(?:第|网格|GRID)*(?:NO\.?)?([0-9A-Z]+|[一二三四五六七八九十]+)(?:号?网格)?")
_BUILDING = re.compile(r"第?(.+?)(?:号?(?:楼栋|楼|栋楼|栋|幢楼|幢|座)|号|#(?:楼|栋)?)?")
_UNIT = re.compile(r"第?(.+?)(?:号?单元|号?门|号|#)?")
_ROOM = re.compile(r"(.+?)(?:号房|号室|室|房|号|户|#)?")
_ROOM_NAME = re.compile(r"[0-9A-Z\u3400-\u9fff]+(?:-[0-9A-Z\u3400-\u9fff]+)*")
_NAME = r"[0-9]{1,4}[A-Z]?|[A-Z][0-9]{0,3}"
_HAN = r"[一二三四五六七八九十]{1,3}"
_ADDRESS = re.compile(
    rf"(?P<estate>.*?[^0-9A-Z#-])??-?第?"
    rf"(?:(?P<building>{_NAME})(?:号?(?:楼|栋|幢|座)|#(?:楼|栋)?|号(?!室|房)|(?=-))"
    rf"|(?P<han>{_HAN})(?:号?(?:楼|栋|幢|座)|号(?!室|房)))-?"
    rf"(?:第?(?P<unit>{_NAME}|{_HAN})(?:号?单元-?|号?门-?|-))?"
    r"(?P<room>[0-9]{1,5}[A-Z]?|[A-Z]{1,2}[0-9]{1,5}|(?:地下室?|负|底商)[0-9]{0,5})(?:号房|号室|室|房|号|户)?"
)
_UNIT_ROOM = re.compile(
    rf"第?(?P<unit>[0-9]{{1,2}}|[A-Z]|{_HAN})(?:号?单元-?|门-?|-)(?P<room>[A-Z]?[0-9]{{3,5}}[A-Z]?)(?:室|房|号|户)?"
)
_FLOOR = re.compile(r"(?P<below>地下室?|负|B(?=[0-9]))?[^0-9]*(?P<digits>[0-9]+)")
HIGHEST_FLOOR = 200
MOST_DIGITS = 40
"""A longer number is no name of anything; it stays as it is typed, and is refused as too long."""


@dataclass(frozen=True, slots=True)
class Address:
    """A home within its community. Estate and unit are empty where there are none."""

    estate: str
    building: str
    unit: str
    room: str


def grid_name(text: str) -> str:
    """`第1网格`, `网格1`, `1` and `01` are grid 1; a grid with a name keeps it."""
    found = _GRID.fullmatch(text)
    return _number(found.group(1)) if found else text


def building_name(text: str) -> str:
    return _bare(_BUILDING, text)


def unit_name(text: str) -> str:
    return _bare(_UNIT, text)


def room_name(text: str) -> str | None:
    """The room without its `室`; None when it cannot be the name of a room."""
    room = _bare(_ROOM, _DASHES.sub("-", text), strip_zeros=False)
    return room if _ROOM_NAME.fullmatch(room) else None


def bare_room(room: str) -> str:
    """Without the noughts before it, which spreadsheets strip: 0501 is most likely 501."""
    return room.lstrip("0") or room


def parse_address(text: str) -> Address | None:
    """The home that a one-column address names; None when it is not certain which."""
    found = _ADDRESS.fullmatch(_DASHES.sub("-", text))
    if found is None:
        return None
    building = found["building"] or han_number(found["han"])
    unit = _number(found["unit"]) if found["unit"] else ""
    return Address((found["estate"] or "").strip("-"), _number(building), unit, found["room"])


def parse_unit_room(text: str) -> tuple[str, str] | None:
    """Unit and room from one cell (`2-501`, `2单元501室`), where only the building has its own column."""
    found = _UNIT_ROOM.fullmatch(_DASHES.sub("-", text))
    return (_number(found["unit"]), found["room"]) if found else None


def floor_of(room: str) -> int | None:
    """501 is on floor 5, 1203 on 12, B101 and 地下1 below ground; a bare 7 tells no floor."""
    found = _FLOOR.match(room)
    if found is None:
        return -1 if room.startswith("地下") else None
    digits = found["digits"]
    if found["below"]:
        return -(int(digits[:-2]) or 1) if 3 <= len(digits) <= 4 else -1
    if not 3 <= len(digits) <= 5:
        return None
    floor = int(digits[:-2])
    return floor if 1 <= floor <= HIGHEST_FLOOR else None


WalkKey = tuple[tuple[tuple[int, int, str], ...] | int, ...]


def walk_key(estate: str, building: str, unit: str, floor: int | None, room: str) -> WalkKey:
    """The order of feet: house by house, stairwell by stairwell, up the floors, along the doors."""
    height = HIGHEST_FLOOR + 1 if floor is None else floor
    return (natural(estate), natural(building), natural(unit), height, natural(room))


def walk_text(key: WalkKey) -> str:
    """The same order as one plain string, for a column that the store sorts byte by byte.

    A number carries its length before it, a text ends with a tab (which no tidied text contains), a field
    with a slash: each sorts before whatever could follow in its place.
    """
    return "".join(_walk_field(field) for field in key)


def _walk_field(field: tuple[tuple[int, int, str], ...] | int) -> str:
    if isinstance(field, int):
        return f"{field + 5000:04d}/"
    return "".join(_walk_part(*part) for part in field) + "/"


def _walk_part(kind: int, number: int, text: str) -> str:
    return f"1{text}\t" if kind else f"0{len(str(number)):03d}{number}"


def _bare(form: re.Pattern[str], text: str, *, strip_zeros: bool = True) -> str:
    found = form.fullmatch(text)
    name = found.group(1) if found else text
    return _number(name) if strip_zeros else name


def _number(name: str) -> str:
    if name.isdecimal() and len(name) <= MOST_DIGITS:
        return str(int(name))
    return han_number(name)
