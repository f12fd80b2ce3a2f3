"""The office's files: the three real ones, and those that somebody packed with bad intent."""

import csv
import io
import struct
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import PasswordError

from deliberate.domain.errors import BadInput
from deliberate.domain.roll import ParsedRoll, parse_roll
from deliberate.domain.roll_address import floor_of
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.roll_faults import FaultKind, Severity
from deliberate.domain.roll_rows import RollRow, SkipReason
from deliberate.domain.roll_text import DOTS, person_name
from deliberate.services import roll_files, roll_sheets
from deliberate.services.roll_export import write_roll_csv, write_roll_xlsx
from deliberate.services.roll_files import MOST_BYTES, read_roll_sheet, read_sheets

DATA = Path(__file__).parent.parent / "data"
WORKBOOK = "roll-4813.xlsx", "roll-316-messy.xlsx", "roll-2034-gb18030.csv"


def parsed(name: str) -> ParsedRoll:
    return parse_roll(read_roll_sheet((DATA / name).read_bytes()).rows)


def content(rows: tuple[RollRow, ...]) -> list[tuple[object, ...]]:
    """Everything about the households except where they stood in the file."""
    return [
        (row.grid, *row.key, row.floor, row.head_name, row.telephone, row.area, row.occupancy, row.note)
        for row in rows
    ]


def refusal(data: bytes, **options: str) -> BadInput:
    with pytest.raises(BadInput) as refused:
        read_roll_sheet(data, **options)
    for sentence in (refused.value.what, refused.value.why, refused.value.next_step):
        assert refused.value.fill(sentence).endswith("。")
    return refused.value


def workbook(*rows: list[object], sheets: int = 1) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for _ in range(sheets):
            page = book.add_worksheet()
            for line, row in enumerate(rows):
                page.write_row(line, 0, row)
    return target.getvalue()


def repacked(data: bytes, changes: dict[str, bytes]) -> bytes:
    """The same zip with some parts replaced or added."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        parts = {name: source.read(name) for name in source.namelist()} | changes
        for name, part in parts.items():
            copy.writestr(name, part)
    return target.getvalue()


def sheet_xml(cells: str) -> bytes:
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    ).encode()


def with_sheet(cells: str) -> bytes:
    return repacked(workbook(["网格", "地址"]), {"xl/worksheets/sheet1.xml": sheet_xml(cells)})


# --- the three real files


def test_the_large_workbook() -> None:
    roll = parsed("roll-4813.xlsx")
    assert roll.faults == ()
    assert roll.importable
    assert len(roll.rows) == 4813
    assert dict(roll.summary.by_grid) == {
        "1": 726,
        "2": 781,
        "3": 563,
        "4": 722,
        "5": 608,
        "6": 757,
        "7": 656,
    }
    assert len(roll.summary.by_estate) == 46
    assert roll.summary.by_estate["德锦花园"] == 145
    houses = {name: sum(n for (_, b), n in roll.summary.by_building.items() if b == name) for name in "1234"}
    assert houses == {"1": 2529, "2": 1809, "3": 373, "4": 102}
    assert sum(row.occupancy is Occupancy.VACANT for row in roll.rows) == 295
    assert all(row.area and row.telephone and row.head_name and row.floor for row in roll.rows)


def test_the_csv_in_gb18030_with_its_address_in_one_column() -> None:
    roll = parsed("roll-2034-gb18030.csv")
    assert roll.faults == ()
    assert len(roll.rows) == 2034
    assert dict(roll.summary.by_grid) == {"1": 852, "3": 1182}
    assert dict(roll.summary.by_estate) == {"印刷家属院": 852, "毛纺二号院": 1182}
    assert roll.ignored_columns == ("序号",)
    assert roll.rows[0].key == ("印刷家属院", "1", "1", "101")
    assert roll.rows[9].head_name == "帕提古丽·卡德尔"


EXPECTED = {
    "no room": FaultKind.no_room,
    "same home as the row above": FaultKind.duplicate,
    "negative area": FaultKind.area_not_positive,
    "area is not a number": FaultKind.area_not_number,
    "telephone too short": FaultKind.telephone_short,
    "no householder name (allowed: unknown)": FaultKind.no_name,
    "no grid": FaultKind.no_grid,
    "a formula as a name": FaultKind.name_is_formula,
}


def test_the_messy_workbook_reports_exactly_its_faults() -> None:
    with (DATA / "roll-316-messy.faults.csv").open(encoding="utf-8") as file:
        expected = [(int(line["sheet_row"]), EXPECTED[line["fault"]]) for line in csv.DictReader(file)]
    roll = parsed("roll-316-messy.xlsx")
    assert [(fault.sheet_row, fault.kind) for fault in roll.faults] == expected
    assert [fault.sheet_row for fault in roll.faults if fault.severity is Severity.note] == [206, 305]
    assert not roll.importable
    assert roll.header_row == 3
    assert (roll.totals_row, roll.stated_total, roll.household_rows) == (321, 316, 316)
    assert [(skip.sheet_row, skip.reason) for skip in roll.skipped] == [
        (155, SkipReason.blank),
        (321, SkipReason.totals),
    ]
    assert {fault.sheet_row: fault.cell for fault in roll.faults}[124] == "-58.2"


def test_the_messy_workbook_is_normalised() -> None:
    rows = {row.sheet_row: row for row in parsed("roll-316-messy.xlsx").rows}
    assert len(rows) == 310
    assert rows[4].head_name == "阿迪力·阿不都"
    assert (rows[4].building, rows[4].unit, rows[4].room) == ("1", "1", "101")
    assert rows[305].head_name == '=HYPERLINK("http://127.0.0.1","x")'
    assert rows[206].head_name is None
    assert rows[320].area == Decimal("64.68")
    assert rows[11].occupancy is Occupancy.RENTED
    names = "".join(row.head_name or "" for row in rows.values() if row.sheet_row != 305)
    assert not set(names) & (set(DOTS + ". ") - {"·"})


def test_the_messy_workbook_put_right_can_be_imported() -> None:
    sheet = read_roll_sheet((DATA / "roll-316-messy.xlsx").read_bytes())
    rows = [list(row) for row in sheet.rows]
    for row, column, cell in (
        (44, 3, 201),
        (81, 3, 602),
        (124, 6, 58.2),
        (125, 6, 58),
        (205, 5, ""),
        (255, 0, 1),
    ):
        rows[row - 1][column] = cell
    roll = parse_roll(rows)
    assert roll.importable
    assert len(roll.rows) == 316


# --- there and back


@pytest.mark.parametrize("name", WORKBOOK)
@pytest.mark.parametrize("write", [write_roll_xlsx, write_roll_csv])
def test_an_export_comes_back_unchanged(name: str, write: object) -> None:
    rows = parsed(name).rows
    data = write_roll_xlsx(rows) if write is write_roll_xlsx else write_roll_csv(rows)
    again = parse_roll(read_roll_sheet(data).rows)
    assert again.importable
    assert content(again.rows) == content(rows)


TEXT = st.text(
    st.one_of(st.characters(exclude_categories=("C", "Z")), st.sampled_from(" =+-@'\"·.,;😀𠮷")), max_size=30
)
NAME = TEXT.map(person_name).filter(lambda name: name == person_name(name))


@st.composite
def roll_row(draw: st.DrawFn) -> RollRow:
    room = str(draw(st.integers(101, 3399)))
    building = str(draw(st.integers(1, 40)))
    estate = draw(st.sampled_from(["铁路花园", "毛纺一号院"]))
    area = draw(st.none() | st.decimals("0.01", "10000", places=2))
    return RollRow(
        2, draw(st.sampled_from(["1", "12"])), estate, building,
        draw(st.sampled_from(["1", "2"])), floor_of(room), room,
        draw(NAME) or None, draw(st.none() | st.from_regex(r"[2-9][0-9]{6,14}", fullmatch=True)), area,
        draw(st.sampled_from([Occupancy.RENTED, Occupancy.VACANT, Occupancy.SELF_OCCUPIED])), draw(NAME),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(roll_row(), min_size=1, max_size=4, unique_by=lambda row: row.key))
def test_whatever_a_roll_holds_comes_back_unchanged(rows: list[RollRow]) -> None:
    for data in (write_roll_xlsx(rows), write_roll_csv(rows)):
        again = parse_roll(read_roll_sheet(data).rows)
        assert not again.errors
        assert content(again.rows) == content(tuple(rows))


def test_an_export_has_no_formula_no_link_and_texts_for_rooms() -> None:
    names = ["=1+1", "{=1+1}", "+1", "-1", "@SUM(A1)", "http://127.0.0.1/", "internal:A1", '=HYPERLINK("x")']
    rows = [RollRow(2, "1", "", "1", "1", 1, f"0{index}01", name) for index, name in enumerate(names)]
    data = write_roll_xlsx(rows)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        relations = [name for name in archive.namelist() if "worksheets/_rels" in name]
    assert "<f" not in sheet
    assert "hyperlink" not in sheet.lower()
    assert not relations
    assert [row[5] for row in read_roll_sheet(data).rows[1:]] == [
        f"0{index}01" for index in range(len(names))
    ]
    lines = list(csv.reader(io.StringIO(write_roll_csv(rows).decode("utf-8-sig"))))
    assert [line[6] for line in lines[1:]] == [name if name[0] in "{hi" else "'" + name for name in names]


def test_apostrophes_survive_a_csv() -> None:
    rows = [
        RollRow(2, "1", "", "1", "1", 1, f"10{i}", name) for i, name in enumerate(["'=1", "''=1", "'a", "=1"])
    ]
    again = parse_roll(read_roll_sheet(write_roll_csv(rows)).rows)
    assert [row.head_name for row in again.rows] == ["'=1", "''=1", "'a", "=1"]


# --- workbooks


def test_a_formula_is_text_unless_its_result_is_a_number() -> None:
    data = with_sheet(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>网格</t></is></c></row><row r="2">'
        '<c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>A1&amp;"x"</f><v>王芳</v></c>'
        '<c r="C2"><f t="shared" si="0">NOW()</f></c><c r="D2"><f t="shared" si="0"/></c>'
        '<c r="E2" t="b"><f>TRUE()</f><v>1</v></c></row><row r="9"><c r="C9"><f>HYPERLINK("a")</f></c></row>'
    )
    rows = read_roll_sheet(data).rows
    assert rows[1] == [2.0, '=A1&"x"', "=NOW()", "=NOW()", "=TRUE()"]
    assert rows[8][2] == '=HYPERLINK("a")'


def test_cells_without_references_are_counted_along() -> None:
    scan = roll_sheets.scan_sheet(
        sheet_xml("<row><c><v>1</v></c></row><row><c><v>1</v></c><c><f>A1</f></c></row>")
    )
    assert scan.formulas == {(1, 1): "A1"}
    assert (scan.rows, scan.columns) == (2, 2)


def test_the_sheet_that_is_a_roll_is_found_among_others() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.add_worksheet("说明").write_string(0, 0, "填写说明")
        roll = book.add_worksheet("户册")
        roll.write_row(0, 0, ["网格", "地址"])
        roll.write_row(1, 0, [1, "3-2-501"])
        hidden = book.add_worksheet("旧")
        hidden.write_row(0, 0, ["网格", "地址"])
        hidden.hide()
    sheet = read_roll_sheet(target.getvalue())
    assert sheet.name == "户册"
    assert parse_roll(sheet.rows).importable
    assert read_roll_sheet(target.getvalue(), sheet="说明").rows == [["填写说明"]]
    assert "没有叫“旧”" in refusal(target.getvalue(), sheet="旧").fill(
        refusal(target.getvalue(), sheet="旧").why
    )


def test_two_rolls_in_one_workbook_are_not_half_imported() -> None:
    data = workbook(["网格", "地址"], [1, "3-2-501"], sheets=2)
    refused = refusal(data)
    assert "Sheet1、Sheet2" in refused.fill(refused.why)
    assert read_roll_sheet(data, sheet="Sheet2").name == "Sheet2"


def test_an_empty_workbook_has_no_households() -> None:
    assert [fault.kind for fault in parse_roll(read_roll_sheet(workbook()).rows).faults] == [
        FaultKind.no_rows
    ]


def ods(row: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="户册">{row}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )
    return target.getvalue()


def ods_cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def test_an_open_document() -> None:
    head = "<table:table-row>" + ods_cell("网格") + ods_cell("地址") + "</table:table-row>"
    home = "<table:table-row>" + ods_cell("1") + ods_cell("3-2-501") + "</table:table-row>"
    sheet = read_roll_sheet(ods(head + home))
    assert sheet.name == "户册"
    assert parse_roll(sheet.rows).rows[0].label == "3-2-501"


# --- CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    lines = [
        ["网格", "地址", "户主", "备注"],
        ["1", "3-2-501", "𠮷㐂·䶮龯", "a,b;c"],
        ["1", "3-2-502", "ئايگۈل", "x"],
    ]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    if encoding == "gb18030":
        text = text.replace("龯", "\u9fb4")
    roll = parse_roll(read_roll_sheet(text.encode(encoding)).rows)
    assert roll.importable
    assert [row.room for row in roll.rows] == ["501", "502"]
    assert (roll.rows[0].head_name or "").startswith("𠮷㐂·䶮")
    assert roll.rows[0].note == "a,b;c"
    assert roll.rows[1].head_name == "ئايگۈل"


def test_one_line_of_gb18030() -> None:
    rows = read_roll_sheet("1,印刷家属院,1-1-101,金淑英".encode("gb18030")).rows
    assert rows == [["1", "印刷家属院", "1-1-101", "金淑英"]]
    assert [fault.kind for fault in parse_roll(rows).faults] == [FaultKind.no_header]


def test_numbers_wrapped_for_excel_and_blank_lines_keep_their_rows() -> None:
    roll = parse_roll(read_roll_sheet('网格,地址,电话\n\n1,3-2-501,"=""0991456789"""\n'.encode()).rows)
    assert (roll.rows[0].sheet_row, roll.rows[0].telephone) == (3, "0991456789")


# --- files that are refused


def test_files_that_are_no_spreadsheets() -> None:
    truncated = (DATA / "roll-4813.xlsx").read_bytes()[:50_000]
    other_zip = io.BytesIO()
    with zipfile.ZipFile(other_zip, "w") as archive:
        archive.writestr("a.txt", "a")
    for data in (
        truncated,
        other_zip.getvalue(),
        b"PK\x03\x04",
        b"<html><body><table><tr><td>1</td></tr></table></body></html>",
        b"\n<!DOCTYPE html>",
        b"%PDF-1.7\n1 0 obj",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        "网格,地址\n1,3-2-\x00501".encode(),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ):
        assert "不是表格文件" in refusal(data).why


def test_unknown_encodings() -> None:
    assert "编码" in refusal(b"\xff\x80\x81,\xfe\xff\xff").why


def test_an_empty_file_and_one_too_large() -> None:
    assert "空" in refusal(b"").why
    refused = refusal(b"a" * (MOST_BYTES + 1))
    assert refused.fill(refused.why) == "文件太大,最多 20 MB。"


def test_an_encrypted_workbook() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512 + "EncryptedPackage".encode("utf-16-le")
    assert "密码" in refusal(data).why


class PanicException(BaseException):
    """Named as the reader's own, which cannot be imported."""


def test_the_readers_own_failures_are_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(failure: BaseException) -> object:
        def open_book(_: object) -> None:
            raise failure

        return type("Book", (), {"from_filelike": staticmethod(open_book)})

    data = workbook(["网格"])
    for failure, why in ((PasswordError("locked"), "密码"), (PanicException("rust"), "损坏")):
        monkeypatch.setattr(roll_files, "CalamineWorkbook", failing(failure))
        assert why in refusal(data).why
    monkeypatch.setattr(roll_files, "CalamineWorkbook", failing(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        read_roll_sheet(data)


def test_a_csv_cell_without_end() -> None:
    assert "损坏" in refusal(b"a," + b"b" * 200_000).why


def test_a_zip_whose_parts_are_encrypted() -> None:
    data = bytearray(workbook(["网格"]))
    for signature, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.find(signature)
        while at >= 0:
            (old,) = struct.unpack_from("<H", data, at + flags)
            struct.pack_into("<H", data, at + flags, old | 1)
            at = data.find(signature, at + 4)
    assert "损坏" in refusal(bytes(data)).why


def too_big(data: bytes) -> None:
    assert len(data) < MOST_BYTES
    assert "太大" in refusal(data).why


def test_a_zip_bomb_is_not_unpacked() -> None:
    too_big(repacked(workbook(["网格"]), {"xl/bomb.xml": b"0" * (roll_sheets.MOST_UNPACKED + 1)}))


def test_a_bomb_that_lies_about_its_size() -> None:
    data = bytearray(repacked(workbook(["网格"]), {"xl/styles.xml": b" " * 5_000_000}))
    at = data.find(b"PK\x01\x02")
    while data[at + 46 : at + 46 + 13] != b"xl/styles.xml":
        at = data.find(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", data, at + 24, 10)
    assert "损坏" in refusal(bytes(data)).why


def test_parts_that_together_are_too_big(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_sheets, "MOST_UNPACKED", 4_000)
    too_big(workbook(["网格"]))


def test_many_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_sheets, "MOST_PARTS", 3)
    too_big(workbook(["网格"]))


def test_the_same_part_twice() -> None:
    target = io.BytesIO(workbook(["网格"]))
    with zipfile.ZipFile(target, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert "损坏" in refusal(target.getvalue()).why


def test_a_cell_at_the_end_of_the_world() -> None:
    too_big(
        with_sheet(
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        )
    )
    far = (
        "<table:table-row>"
        + ods_cell("1", 'table:number-columns-repeated="2000000000"')
        + "</table:table-row>"
    )
    too_big(ods(far))
    deep = '<table:table-row table:number-rows-repeated="2000000000">' + ods_cell("1") + "</table:table-row>"
    too_big(ods(deep))


def test_one_long_text_referred_to_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_sheets, "MOST_TEXT", 10_000)
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 12))
    shared = f"<sst><si><t>{'长' * 1000}</t></si></sst>".encode()
    too_big(repacked(with_sheet(cells), {"xl/sharedStrings.xml": shared}))


def test_a_document_type_is_refused() -> None:
    laughs = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet><sheetData/></worksheet>'
    assert "损坏" in refusal(repacked(workbook(["网格"]), {"xl/worksheets/sheet1.xml": laughs})).why


def test_broken_xml_is_refused() -> None:
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        assert "损坏" in refusal(repacked(workbook(["网格"]), {part: b"<worksheet><sheetData>"})).why


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xef\xbb\xbf"]),
)
def test_no_bytes_can_break_the_reader(tail: bytes, head: bytes) -> None:
    try:
        sheets = read_sheets(head + tail)
    except BadInput:
        return
    assert sheets


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 18_000), st.binary(min_size=1, max_size=8))
def test_no_damage_to_a_workbook_can_break_the_reader(at: int, bad: bytes) -> None:
    data = bytearray((DATA / "roll-316-messy.xlsx").read_bytes())
    data[at : at + len(bad)] = bad
    try:
        sheet = read_roll_sheet(bytes(data))
    except BadInput:
        return
    assert parse_roll(sheet.rows)
