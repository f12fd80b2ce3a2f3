"""Files that are no roll: damaged, encrypted, too large, or made to harm."""

import io
import struct
import zipfile

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import PasswordError

from deliberate.domain.errors import BadInput
from deliberate.domain.roll import parse_roll
from deliberate.services import roll_sheets
from deliberate.services.roll_files import MOST_BYTES, read_roll_sheet, read_sheets
from tests.services.roll_files import DATA, ods, ods_cell, refusal, repacked, with_sheet, workbook

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
    assert refused.fill(refused.why) == "文件太大，最多 20 MB。"


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
        monkeypatch.setattr(python_calamine, "CalamineWorkbook", failing(failure))
        assert why in refusal(data).why
    monkeypatch.setattr(python_calamine, "CalamineWorkbook", failing(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        read_roll_sheet(data)


def test_a_csv_cell_without_end() -> None:
    assert "损坏" in refusal(b"a," + b"b" * 200_000).why


ROWS = ["网格,小区,楼栋,单元,房号,户主姓名,备注", *(f"1,幸福,1,1,{n}01,测试{n}," for n in range(1, 21))]


def with_notes(notes: dict[int, str]) -> bytes:
    return "\r\n".join(row + notes.get(n, "") for n, row in enumerate(ROWS, 1)).encode()


@pytest.mark.parametrize(
    "notes",
    [
        {16: '"老楼'},
        {16: '"老楼', 18: '"新楼'},
        {16: '"老楼', 18: '新楼"'},
        {16: '"老楼', 19: '"'},
        {16: '"老"楼'},
        {16: '"先收钥匙\n1,幸福,1,1,9901,测试,"'},
    ],
)
def test_a_quote_that_would_swallow_households_is_refused_with_its_row(notes: dict[int, str]) -> None:
    refused = refusal(with_notes(notes))
    assert refused.fill(refused.why).startswith("第16行里的引号不成对")


def test_quotes_that_are_closed_lose_nobody() -> None:
    notes = {
        16: '"老楼，没有电梯"',
        17: '"先打电话\n再来"',
        18: '"他说""不在"""',
        19: '旁边是"新楼',
        20: '15" 管',
    }
    parsed = parse_roll(read_roll_sheet(with_notes(notes)).rows)
    assert (len(parsed.rows), parsed.importable) == (20, True)
    assert [row.note for row in parsed.rows[14:19]] == [
        "老楼,没有电梯",
        "先打电话 再来",
        '他说"不在"',
        '旁边是"新楼',
        '15" 管',
    ]


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
