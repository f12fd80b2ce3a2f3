"""Workbooks, documents and text files of every kind that offices keep."""

import io

import pytest
import xlsxwriter

from deliberate.domain.roll import parse_roll
from deliberate.domain.roll_faults import FaultKind
from deliberate.services import roll_sheets
from deliberate.services.roll_files import read_roll_sheet
from tests.services.roll_files import ods, ods_cell, refusal, sheet_xml, with_sheet, workbook

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
