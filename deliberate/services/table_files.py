"""Tables as files that an office opens safely: no cell becomes a formula or a link, whatever a text begins with.

Rows may come from a generator: neither file is held as cells.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from deliberate.later import later

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = later("xlsxwriter")

Cell = str | int | Decimal | datetime | date | None
_DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NOT_IN_NAME = re.compile(r"[\[\]:*?/\\']")
_LONGEST = 32_767
_OPTIONS = {
    "in_memory": True,
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
Heads = Sequence[tuple[str, int]]
"""The label of each column and how wide it is, in characters."""


def xlsx(sheet: str, heads: Heads, rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook with one sheet, its headings in the first row. Moments are written as their wall clock says."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        page = book.add_worksheet(_NOT_IN_NAME.sub(" ", sheet)[:31].strip() or None)
        bold = book.add_format({"bold": True})
        formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        page.freeze_panes(1, 0)
        for column, (label, width) in enumerate(heads):
            page.set_column(column, column, width)
            page.write_string(0, column, label, bold)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    moment = value.replace(tzinfo=None) if isinstance(value, datetime) else value
                    page.write_datetime(line, column, moment, formats[type(value)])
                elif isinstance(value, int | Decimal):
                    page.write_number(line, column, float(value))
                else:
                    page.write_string(line, column, _NOT_IN_XML.sub("", value or "")[:_LONGEST])
    return target.getvalue()


def csv_file(labels: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with its mark, for Excel; a text that could run as a formula gets an apostrophe."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([_plain(label) for label in labels])
    for row in rows:
        writer.writerow([_plain(value) for value in row])
    return target.getvalue().encode("utf-8-sig")


def _plain(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    text = str(value)
    return "'" + text if isinstance(value, str) and _DANGEROUS.match(text) else text
