"""What can be wrong with a household roll, said so that the person with the file knows what to do next.

An error keeps the whole file out: a roll is the denominator of every decision, so it is imported whole or not
at all. A note is imported and shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from deliberate.domain.errors import N_


class Severity(StrEnum):
    """Whether a fault keeps the file out."""

    error = "error"
    note = "note"


class FaultKind(StrEnum):
    """Every fault that the reader of rolls knows."""

    no_header = "no_header"
    column_missing = "column_missing"
    column_twice = "column_twice"
    no_rows = "no_rows"
    too_many_rows = "too_many_rows"
    no_grid = "no_grid"
    no_estate = "no_estate"
    no_building = "no_building"
    no_unit = "no_unit"
    no_room = "no_room"
    bad_room = "bad_room"
    bad_address = "bad_address"
    other_estate = "other_estate"
    place_is_date = "place_is_date"
    place_is_formula = "place_is_formula"
    duplicate = "duplicate"
    maybe_duplicate = "maybe_duplicate"
    bad_floor = "bad_floor"
    area_not_number = "area_not_number"
    area_not_positive = "area_not_positive"
    area_too_large = "area_too_large"
    telephone_short = "telephone_short"
    telephone_bad = "telephone_bad"
    too_long = "too_long"
    no_name = "no_name"
    name_is_formula = "name_is_formula"
    occupancy_unknown = "occupancy_unknown"


NOTES = frozenset(
    {
        FaultKind.maybe_duplicate,
        FaultKind.no_name,
        FaultKind.name_is_formula,
        FaultKind.occupancy_unknown,
    }
)

SENTENCES: Mapping[FaultKind, tuple[str, str]] = {
    FaultKind.no_header: (
        N_("没有找到表头。"),
        N_("请在表格里加一行列名，例如：网格、小区、楼栋、单元、房号、户主姓名。"),
    ),
    FaultKind.column_missing: (
        N_("缺少“%(column)s”这一列。"),
        N_("请补上这一列，或把已有的列名改成“%(column)s”。"),
    ),
    FaultKind.column_twice: (
        N_("有两列都是“%(column)s”：%(first)s 列和 %(second)s 列。"),
        N_("请只留一列，或给另一列换个名字。"),
    ),
    FaultKind.no_rows: (N_("表里没有住户。"), N_("请检查是否选对了文件和工作表。")),
    FaultKind.too_many_rows: (
        N_("表里超过 %(limit)s 行。"),
        N_("请检查是否选对了文件；确实有这么多住户，请按社区分开导入。"),
    ),
    FaultKind.no_grid: (N_("没有填网格。"), N_("请填上这户所在的网格；合并的单元格请拆开，每行都填。")),
    FaultKind.no_estate: (N_("没有填小区。"), N_("请填上这户所在的小区；合并的单元格请拆开，每行都填。")),
    FaultKind.no_building: (N_("没有填楼栋。"), N_("请填上楼栋号；合并的单元格请拆开，每行都填。")),
    FaultKind.no_unit: (
        N_("没有填单元，而同一栋楼的其他住户填了。"),
        N_("请填上单元号；合并的单元格请拆开，每行都填。"),
    ),
    FaultKind.no_room: (N_("没有填房号。"), N_("请填上房号，例如 501。")),
    FaultKind.bad_room: (N_("看不懂这个房号。"), N_("请只填房号，例如 501 或 B101。")),
    FaultKind.bad_address: (
        N_("看不懂这个地址。"),
        N_("请写成 3-2-501 或 3号楼2单元501室，或把楼栋、单元、房号分成三列。"),
    ),
    FaultKind.other_estate: (
        N_("地址里的小区和“小区”一列不一样。"),
        N_("请核对这户在哪个小区，两处写成一样的。"),
    ),
    FaultKind.place_is_date: (
        N_("表格软件把这一格变成了日期。"),
        N_("请把这一列设成“文本”格式，再重新填写。"),
    ),
    FaultKind.place_is_formula: (N_("这一格是公式，不是地址。"), N_("请把公式换成它显示的文字。")),
    FaultKind.duplicate: (
        N_("和第 %(first)s 行是同一户。"),
        N_("请核对房号；如果确实重复，请删掉其中一行。"),
    ),
    FaultKind.maybe_duplicate: (
        N_("和第 %(first)s 行只差房号前面的 0，可能是同一户。"),
        N_("可以照常导入，会算成两户；是同一户的，请先删掉其中一行。"),
    ),
    FaultKind.bad_floor: (N_("楼层不是整数。"), N_("请填楼层的数字，例如 5；也可以不填，系统会从房号推算。")),
    FaultKind.area_not_number: (N_("面积不是数字。"), N_("请只填数字，例如 85.30；不知道可以不填。")),
    FaultKind.area_not_positive: (N_("面积不大于零。"), N_("请核对面积；不知道可以不填。")),
    FaultKind.area_too_large: (
        N_("面积超过 %(limit)s 平方米。"),
        N_("请核对小数点和单位；不知道可以不填。"),
    ),
    FaultKind.telephone_short: (N_("电话号码太短，可能少了几位。"), N_("请核对号码；不知道可以不填。")),
    FaultKind.telephone_bad: (
        N_("看不懂这个电话号码。"),
        N_("请只填一个号码，7 到 15 位数字；其他号码可以写在备注里。"),
    ),
    FaultKind.too_long: (N_("内容太长，最多 %(limit)s 个字。"), N_("请缩短这一格的内容。")),
    FaultKind.no_name: (N_("没有户主姓名。"), N_("可以照常导入，这户先记为姓名不详；以后可以补上。")),
    FaultKind.name_is_formula: (
        N_("姓名一格是公式，已按普通文字保留。"),
        N_("可以照常导入；请核对后把姓名改对。"),
    ),
    FaultKind.occupancy_unknown: (
        N_("看不懂这户的居住状况。"),
        N_("可以照常导入，先记为不详；可以填：自住、出租、空置。"),
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `sheet_row` is None when the whole file is at fault; `cell` is as it was typed.

    Of the `params`, only `column` (the name of a field) is itself a message id.
    """

    kind: FaultKind
    sheet_row: int | None = None
    column: str = ""
    header: str = ""
    cell: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        return Severity.note if self.kind in NOTES else Severity.error

    @property
    def what(self) -> str:
        """Message id, to be translated and then filled with `params`."""
        return SENTENCES[self.kind][0]

    @property
    def next_step(self) -> str:
        """Message id, to be translated and then filled with `params`."""
        return SENTENCES[self.kind][1]

    def fill(self, message: str) -> str:
        """Put the parameters into a (translated) sentence."""
        return message % self.params if self.params else message
