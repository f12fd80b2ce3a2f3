"""Which column is which: the names that offices give to columns, in Chinese and English, in any order."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from deliberate.domain.errors import N_
from deliberate.domain.roll_faults import Fault, FaultKind
from deliberate.domain.roll_text import Cell, compact, text_of

HEADER_WITHIN = 50
_BRACKETS = re.compile(r"[(\[【〔].*?[)\]】〕]")
_PUNCTUATION = re.compile(r"[^\w#]|_")


class Field(StrEnum):
    """What a column can tell about a household."""

    grid = "grid"
    estate = "estate"
    building = "building"
    unit = "unit"
    floor = "floor"
    room = "room"
    address = "address"
    head_name = "head_name"
    telephone = "telephone"
    area = "area"
    occupancy = "occupancy"
    note = "note"


# Also the headings of an export, so that it comes back in unchanged.
TITLES: Mapping[Field, str] = {
    Field.grid: N_("网格"),
    Field.estate: N_("小区"),
    Field.building: N_("楼栋"),
    Field.unit: N_("单元"),
    Field.floor: N_("楼层"),
    Field.room: N_("房号"),
    Field.address: N_("地址"),
    Field.head_name: N_("户主姓名"),
    Field.telephone: N_("联系电话"),
    Field.area: N_("建筑面积"),
    Field.occupancy: N_("居住状况"),
    Field.note: N_("备注"),
}

_NAMES: Mapping[Field, str] = {
    Field.grid: "网格 网格号 网格编号 网格名称 所属网格 所在网格 网格序号 "
    "GRID GRIDNO GRIDNUMBER GRIDNAME GRIDID",
    Field.estate: "小区 小区名 小区名称 所属小区 所在小区 住宅小区 小区院落 院落 院落名称 所属院落 楼院 大院 "
    "ESTATE ESTATENAME COMPOUND COMPOUNDNAME RESIDENTIALCOMPOUND",
    Field.building: "楼栋 楼栋号 楼号 楼幢 楼幢号 楼座 栋 栋号 幢 幢号 座 座号 楼 号楼 所属楼栋 "
    "BUILDING BUILDINGNO BUILDINGNUMBER BLOCK BLOCKNO BLDG",
    Field.unit: "单元 单元号 所属单元 门洞 UNIT UNITNO UNITNUMBER ENTRANCE STAIRWELL STAIRCASE",
    Field.floor: "楼层 层 所在楼层 楼层号 FLOOR FLOORNO STOREY STORY LEVEL",
    Field.room: "室 室号 房号 房间 房间号 房室号 户室号 房屋号 "
    "ROOM ROOMNO ROOMNUMBER FLAT FLATNO APARTMENT APT",
    Field.address: "地址 住址 门牌 门牌号 门牌号码 详细地址 家庭地址 家庭住址 居住地址 住户地址 "
    "房屋地址 房屋坐落 坐落 "
    "楼栋单元室 楼栋单元房号 楼号单元室号 ADDRESS HOMEADDRESS FULLADDRESS DOOR DOORNO DOORNUMBER",
    Field.head_name: "户主 户主姓名 户主名 户主名字 户主名称 姓名 住户姓名 业主 业主姓名 房主 房主姓名 "
    "HEAD HEADNAME HEADOFHOUSEHOLD HOUSEHOLDHEAD HOUSEHOLDER HOUSEHOLDERNAME NAME OWNER OWNERNAME",
    Field.telephone: "电话 电话号 电话号码 联系电话 联系方式 联系号码 手机 手机号 手机号码 移动电话 户主电话 "
    "TELEPHONE TELEPHONENO TELEPHONENUMBER TEL TELNO PHONE PHONENO PHONENUMBER MOBILE MOBILENO CONTACT",
    Field.area: "面积 建筑面积 房屋面积 房屋建筑面积 住房面积 住宅面积 产权面积 "
    "面积平方米 建筑面积平方米 面积M2 建筑面积M2 "
    "AREA AREAM2 AREASQM FLOORAREA FLOORAREAM2 BUILDINGAREA SQM",
    Field.occupancy: "居住状况 居住情况 居住状态 居住类型 住房状态 住房状况 房屋状态 房屋状况 "
    "房屋使用情况 使用情况 状态 户别 "
    "OCCUPANCY OCCUPANCYSTATUS STATUS TENURE",
    Field.note: "备注 备注信息 附注 说明 NOTE NOTES REMARK REMARKS COMMENT COMMENTS",
}
FIELD_BY_NAME = {name: known for known, names in _NAMES.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class Column:
    """A recognised column: where it stands and what the office calls it."""

    field: Field
    index: int
    header: str

    @property
    def letter(self) -> str:
        return column_letter(self.index)


@dataclass(frozen=True, slots=True)
class Header:
    """The row of headings, by 0-based index, with what it says; `ignored` names columns of no use here."""

    index: int
    columns: Mapping[Field, Column]
    ignored: tuple[str, ...]
    faults: tuple[Fault, ...]


def column_letter(index: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def field_named(cell: Cell) -> Field | None:
    """The field that a heading names; spaces, widths, case and remarks in brackets do not count."""
    name = compact(cell)
    if not name or len(name) > 40:
        return None
    plain = _PUNCTUATION.sub("", _BRACKETS.sub("", name))
    return FIELD_BY_NAME.get(plain) or FIELD_BY_NAME.get(_PUNCTUATION.sub("", name))


def header_score(row: Sequence[Cell]) -> int:
    """How many different fields a row names."""
    return len({known for cell in row if isinstance(cell, str) and (known := field_named(cell))})


def find_header(rows: Sequence[Sequence[Cell]]) -> Header | None:
    """The row near the top that names most fields, at least two; the first of equals."""
    scores = [header_score(row) for row in rows[:HEADER_WITHIN]]
    best = max(scores, default=0)
    return read_header(rows, scores.index(best)) if best >= 2 else None


def read_header(rows: Sequence[Sequence[Cell]], index: int) -> Header:
    """Read one row as the headings and say what is missing or named twice."""
    columns: dict[Field, Column] = {}
    ignored: list[str] = []
    faults: list[Fault] = []
    for position, cell in enumerate(rows[index]):
        header, known = text_of(cell), field_named(cell)
        if known is None:
            ignored += [header] if header else []
        elif known in columns:
            letters = {"first": columns[known].letter, "second": column_letter(position)}
            faults.append(_fault(FaultKind.column_twice, index, header, known, **letters))
        else:
            columns[known] = Column(known, position, header)
    ignored += _settle_place(columns)
    faults += [_fault(FaultKind.column_missing, index, "", lost) for lost in _missing(columns)]
    return Header(index, columns, tuple(ignored), tuple(faults))


def _settle_place(columns: dict[Field, Column]) -> list[str]:
    """One column or several: separate ones win; a room without a building is an address."""
    if Field.building in columns and Field.room in columns and Field.address in columns:
        return [columns.pop(Field.address).header]
    if Field.building not in columns and Field.room in columns and Field.address in columns:
        return [columns.pop(Field.room).header]
    if Field.building in columns and Field.room not in columns and Field.address in columns:
        whole = columns.pop(Field.address)
        columns[Field.room] = Column(Field.room, whole.index, whole.header)
    elif Field.building not in columns and Field.room in columns:
        whole = columns.pop(Field.room)
        columns[Field.address] = Column(Field.address, whole.index, whole.header)
    return []


def _missing(columns: Mapping[Field, Column]) -> list[Field]:
    lost = [] if Field.grid in columns else [Field.grid]
    if Field.address not in columns and Field.room not in columns:
        lost.append(Field.room)
    return lost


def _fault(kind: FaultKind, index: int, header: str, known: Field, **letters: str) -> Fault:
    params = {"column": TITLES[known], **letters}
    return Fault(kind, index + 1, letters.get("second", ""), header, header, params)
