"""A sheet of the office's, and one home on it, to be changed cell by cell."""

from deliberate.domain.roll import ParsedRoll, parse_roll
from deliberate.domain.roll_columns import field_named
from deliberate.domain.roll_faults import FaultKind
from deliberate.domain.roll_text import (
    Cell,
)

HEADINGS = [
    "网格",
    "小区",
    "楼栋",
    "单元",
    "房号",
    "户主姓名",
    "联系电话",
    "建筑面积(㎡)",
    "居住状况",
    "备注",
]
HOME = ["第1网格", "铁路花园", "3号楼", "2单元", 501.0, "王芳", "19900000000", 85.3, "自住", ""]


def table(*homes: list[Cell], headings: list[str] = HEADINGS) -> ParsedRoll:
    return parse_roll([list(headings), *homes])


def home(**cells: Cell) -> list[Cell]:
    """One sound row with some cells changed, by field."""
    order = [field_named(heading) for heading in HEADINGS]
    return [cells.get(field.value, cell) for field, cell in zip(order, HOME, strict=True) if field]


def kinds(parsed: ParsedRoll) -> list[tuple[int | None, str, FaultKind]]:
    return [(fault.sheet_row, fault.column, fault.kind) for fault in parsed.faults]


def wide(text: str) -> str:
    """As typed with the full-width keyboard."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
