"""The roll as a file that an office can open safely and import again unchanged.

Room numbers and telephones are text, so that nothing is rounded or stripped of its zeros.
"""

from collections.abc import Iterable
from decimal import Decimal

from deliberate.domain.errors import N_
from deliberate.domain.roll_cells import OCCUPANCY_TITLES
from deliberate.domain.roll_columns import TITLES, Field
from deliberate.domain.roll_rows import RollRow

from . import table_files

SHEET_NAME = N_("住户名册")
COLUMNS = tuple(known for known in Field if known is not Field.address)
WIDTHS = {Field.estate: 20, Field.head_name: 28, Field.telephone: 16, Field.note: 30}


def write_roll_xlsx(rows: Iterable[RollRow], *, sheet: str = SHEET_NAME) -> bytes:
    """A workbook with one sheet, its headings in the first row."""
    heads = [(TITLES[known], WIDTHS.get(known, 10)) for known in COLUMNS]
    return table_files.xlsx(sheet, heads, ([_exported(row, known) for known in COLUMNS] for row in rows))


def write_roll_csv(rows: Iterable[RollRow]) -> bytes:
    """UTF-8 with its mark, for Excel."""
    labels = [TITLES[known] for known in COLUMNS]
    return table_files.csv_file(labels, ([str(_exported(row, known)) for known in COLUMNS] for row in rows))


def _exported(row: RollRow, known: Field) -> str | Decimal:
    """Text, except the area; nothing known is an empty text."""
    value = getattr(row, known.value)
    if known is Field.occupancy:
        return OCCUPANCY_TITLES[row.occupancy]
    if value is None:
        return ""
    return value if isinstance(value, Decimal) else str(value)
