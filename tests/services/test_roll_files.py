"""The office's own files."""

import csv
from decimal import Decimal

from deliberate.domain.roll import parse_roll
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.roll_faults import FaultKind, Severity
from deliberate.domain.roll_rows import SkipReason
from deliberate.domain.roll_text import DOTS
from deliberate.services.roll_files import read_roll_sheet
from tests.services.roll_files import DATA, parsed

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
