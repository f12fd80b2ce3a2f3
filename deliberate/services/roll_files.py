"""The office's file, as bytes, into sheets of cells: XLSX, XLS, ODS and CSV.

What a file is, is told by its content, never by its name. A formula whose result is a number counts as that
number; any other stays the text `=…`, so that nothing a formula would show can pass for a name.

    sheet = read_roll_sheet(data)             # Sheet; raises BadInput with three sentences
    parsed = parse_roll(sheet.rows)           # domain.roll
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from deliberate.domain.errors import N_, BadInput
from deliberate.domain.roll_columns import HEADER_WITHIN, Field, find_header, header_score
from deliberate.domain.roll_text import Cell
from deliberate.later import later
from deliberate.services.roll_sheets import BadWorkbook, Place, TooBig, open_safely

if TYPE_CHECKING:
    import python_calamine as calamine
else:
    calamine = later("python_calamine")

MOST_BYTES = 20 * 1024 * 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MARKUP = re.compile(r"\s*<(?:!doctype|html|head|body|table|\?xml|script)", re.IGNORECASE)
_GUARDED = re.compile(r"'+(?=[=+\-@\t\r])")
_QUOTED_FORMULA = re.compile(r'="([^"]*)"')
DELIMITERS = ",;\t"

_WHAT = N_("没有读取这个文件。")
_AGAIN = N_("请用表格软件打开它，另存为 XLSX 或 CSV，再试一次。")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; row 0 is sheet row 1. A CSV has one sheet without a name."""

    name: str
    rows: Sequence[Sequence[Cell]]


def read_roll_sheet(data: bytes, *, sheet: str | None = None) -> Sheet:
    """The sheet that holds the roll: the one named, else the only one that looks like one, else the first."""
    sheets = read_sheets(data)
    if sheet is not None:
        chosen = [one for one in sheets if one.name == sheet]
        if not chosen:
            raise _refused(N_("文件里没有叫“%(sheet)s”的工作表。"), N_("请核对工作表的名字。"), sheet=sheet)
        return chosen[0]
    rolls = [one for one in sheets if _looks_like_roll(one)]
    if len(rolls) > 1:
        raise _refused(
            N_("文件里有几张工作表都像住户名册：%(sheets)s。"),
            N_("请把住户合并到一张工作表里，或另存为只有一张工作表的文件。"),
            sheets="、".join(one.name for one in rolls),
        )
    return (rolls or sheets)[0]


def read_sheets(data: bytes) -> list[Sheet]:
    """Every visible sheet with something in it; one empty sheet for an empty workbook."""
    if not data:
        raise _refused(N_("文件是空的。"), N_("请检查是否选对了文件。"))
    if len(data) > MOST_BYTES:
        raise _refused(
            N_("文件太大，最多 %(megabytes)s MB。"),
            N_("请删去图片和用不到的工作表，只留住户名册，再试一次。"),
            megabytes=MOST_BYTES // 1024 // 1024,
        )
    if data.startswith(_ZIP):
        return _read_zip(data)
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise _locked()
        return _read_workbook(data, {})
    return [Sheet("", _read_csv(_decode(data)))]


def _refused(why: str, next_step: str = _AGAIN, **params: object) -> BadInput:
    return BadInput(_WHAT, why, next_step, **params)


def _locked() -> BadInput:
    return _refused(N_("文件设了密码。"), N_("请用表格软件去掉密码，保存以后再试一次。"))


def _not_a_spreadsheet() -> BadInput:
    return _refused(N_("这不是表格文件，或者文件已经损坏。"))


def _looks_like_roll(sheet: Sheet) -> bool:
    header = find_header(sheet.rows)
    if header is None:
        return False
    return bool({Field.room, Field.address} & set(header.columns)) and len(sheet.rows) > header.index + 1


def _read_zip(data: bytes) -> list[Sheet]:
    try:
        safe = open_safely(data)
    except TooBig as big:
        raise _refused(
            N_("文件打开以后太大，可能不是普通的表格。"),
            N_("请新建一个表格，只粘贴住户名册的内容，保存以后再试一次。"),
        ) from big
    except BadWorkbook as bad:
        raise _not_a_spreadsheet() from bad
    return _read_workbook(safe.content, safe.formulas)


def _read_workbook(data: bytes, formulas: Mapping[str, Mapping[Place, str]]) -> list[Sheet]:
    try:
        return _workbook_sheets(data, formulas)
    except calamine.PasswordError as locked:
        raise _locked() from locked
    except (calamine.CalamineError, OSError, ValueError) as broken:
        raise _not_a_spreadsheet() from broken
    except BaseException as panic:
        # The reader is Rust: its own failures arrive as a panic, which is no ordinary exception.
        if type(panic).__name__ != "PanicException":
            raise
        raise _not_a_spreadsheet() from panic


def _workbook_sheets(data: bytes, formulas: Mapping[str, Mapping[Place, str]]) -> list[Sheet]:
    sheets = []
    with calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        for meta in book.sheets_metadata:
            visible = meta.visible == calamine.SheetVisibleEnum.Visible
            if meta.typ != calamine.SheetTypeEnum.WorkSheet or not visible:
                continue
            cells = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
            rows = cast(list[list[Cell]], cells)
            _hold_once(rows)
            _show_formulas(rows, formulas.get(meta.name, {}))
            if any(rows):
                sheets.append(Sheet(meta.name, rows))
    return sheets or [Sheet("", [])]


def _hold_once(rows: list[list[Cell]]) -> None:
    """A text that stands in many cells is one text in memory."""
    known: dict[str, str] = {}
    for cells in rows:
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                cells[place] = known.setdefault(cell, cell)


def _show_formulas(rows: list[list[Cell]], formulas: Mapping[Place, str]) -> None:
    """Put the text of each formula in its cell, unless its result is a number."""
    for (row, column), formula in formulas.items():
        while len(rows) <= row:
            rows.append([])
        cells = rows[row]
        cells += [""] * (column + 1 - len(cells))
        if isinstance(cells[column], bool) or not isinstance(cells[column], int | float):
            cells[column] = "=" + formula


def _decode(data: bytes) -> str:
    """A byte order mark says it; else strict UTF-8, which other Chinese never is; else GB18030."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text) or _MARKUP.match(text) or text.startswith("%PDF"):
            raise _not_a_spreadsheet()
        return text
    raise _refused(N_("看不懂文件里的文字编码。"))


def _read_csv(text: str) -> list[list[Cell]]:
    """Split at the delimiter that gives the best heading."""
    top = "\n".join(text.splitlines()[:HEADER_WITHIN])
    try:
        best = max(DELIMITERS, key=lambda delimiter: _heading(top, delimiter))
    except csv.Error as broken:
        raise _not_a_spreadsheet() from broken
    return [[_unguarded(cell) for cell in row] for row in _split(text, best)]


def _split(text: str, delimiter: str) -> list[list[str]]:
    """Every row. A quote that is never closed would swallow the rows after it: such a file is refused."""
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for row in reader:
            rows.append(row)
            if reader.line_num > before + 1 and any(_swallowed(cell, delimiter) for cell in row):
                raise _unclosed(len(rows))
            before = reader.line_num
    except csv.Error as broken:
        raise (_unclosed(len(rows) + 1) if '"' in text else _not_a_spreadsheet()) from broken
    return rows


def _swallowed(cell: str, delimiter: str) -> bool:
    """Whether a cell of several lines holds what looks like rows."""
    _first, *others = cell.splitlines()
    return any(delimiter in line for line in others)


def _unclosed(row: int) -> BadInput:
    return _refused(
        N_("第%(row)s行里的引号不成对，或者引号里有好几行，读下去会漏掉后面的住户。"),
        N_("请改好这一行的引号，去掉格子里的换行，再试一次；也可以另存为 XLSX。"),
        row=row,
    )


def _heading(top: str, delimiter: str) -> int:
    rows = csv.reader(io.StringIO(top, newline=""), delimiter=delimiter)
    return max((header_score(row) for row in rows), default=0)


def _unguarded(cell: str) -> str:
    """Without the apostrophe that keeps it from running, and without the `="…"` around numbers."""
    if cell.startswith("'") and _GUARDED.match(cell):
        return cell[1:]
    quoted = _QUOTED_FORMULA.fullmatch(cell)
    return quoted.group(1) if quoted else cell
