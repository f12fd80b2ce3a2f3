"""The roll as a file that an office can open safely and import again unchanged.

No cell becomes a formula or a link, whatever a name begins with; room numbers and telephones are text, so
that nothing is rounded or stripped of its zeros.
"""

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal

import xlsxwriter

from deliberate.domain.errors import N_
from deliberate.domain.roll_cells import OCCUPANCY_TITLES
from deliberate.domain.roll_columns import TITLES, Field
from deliberate.domain.roll_rows import RollRow

SHEET_NAME = N_("住户名册")
COLUMNS = tuple(known for known in Field if known is not Field.address)
WIDTHS = {Field.estate: 20, Field.head_name: 28, Field.telephone: 16, Field.note: 30}
_DANGEROUS = re.compile(r"'*[=+\-@\t\r]")


def write_roll_xlsx(rows: Iterable[RollRow], *, sheet: str = SHEET_NAME) -> bytes:
    """A workbook with one sheet, its headings in the first row."""
    target = io.BytesIO()
    options = {
        "in_memory": True,
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        page = book.add_worksheet(sheet)
        bold = book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        for column, known in enumerate(COLUMNS):
            page.set_column(column, column, WIDTHS.get(known, 10))
            page.write_string(0, column, TITLES[known], bold)
        for line, row in enumerate(rows, start=1):
            for column, known in enumerate(COLUMNS):
                value = _exported(row, known)
                if isinstance(value, str):
                    page.write_string(line, column, value)
                else:
                    page.write_number(line, column, float(value))
    return target.getvalue()


def write_roll_csv(rows: Iterable[RollRow]) -> bytes:
    """UTF-8 with its mark, for Excel; what could run as a formula gets an apostrophe."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([TITLES[known] for known in COLUMNS])
    for row in rows:
        writer.writerow([_guarded(str(_exported(row, known))) for known in COLUMNS])
    return target.getvalue().encode("utf-8-sig")


def _exported(row: RollRow, known: Field) -> str | Decimal:
    """Text, except the area; nothing known is an empty text."""
    value = getattr(row, known.value)
    if known is Field.occupancy:
        return OCCUPANCY_TITLES[row.occupancy]
    if value is None:
        return ""
    return value if isinstance(value, Decimal) else str(value)


def _guarded(text: str) -> str:
    return "'" + text if _DANGEROUS.match(text) else text
