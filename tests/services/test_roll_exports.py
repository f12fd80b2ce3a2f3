"""What is exported comes back unchanged, and is safe to open."""

import csv
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliberate.domain.roll import parse_roll
from deliberate.domain.roll_address import floor_of
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.roll_rows import RollRow
from deliberate.domain.roll_text import person_name
from deliberate.services.roll_export import write_roll_csv, write_roll_xlsx
from deliberate.services.roll_files import read_roll_sheet
from tests.services.roll_files import parsed

WORKBOOK = "roll-4813.xlsx", "roll-316-messy.xlsx", "roll-2034-gb18030.csv"


def content(rows: tuple[RollRow, ...]) -> list[tuple[object, ...]]:
    """Everything about the households except where they stood in the file."""
    return [
        (row.grid, *row.key, row.floor, row.head_name, row.telephone, row.area, row.occupancy, row.note)
        for row in rows
    ]


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
