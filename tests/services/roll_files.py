"""Files of rolls: the office's own, and workbooks made and damaged by hand."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from deliberate.domain.errors import BadInput
from deliberate.domain.roll import ParsedRoll, parse_roll
from deliberate.services.roll_files import read_roll_sheet

DATA = Path(__file__).parent.parent / "data"


def parsed(name: str) -> ParsedRoll:
    return parse_roll(read_roll_sheet((DATA / name).read_bytes()).rows)


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
