"""What is wrong with a roll, by its row, its cell and what to do."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliberate.domain.roll import parse_roll
from deliberate.domain.roll_columns import TITLES, column_letter, field_named
from deliberate.domain.roll_faults import SENTENCES, Fault, FaultKind
from deliberate.domain.roll_text import (
    Cell,
    han_number,
    text_of,
    typed,
)
from tests.domain.roll_sheet import HEADINGS, home, kinds, table

# --- faults of a row


@pytest.mark.parametrize(
    ("cells", "column", "kind"),
    [
        ({"grid": ""}, "A", FaultKind.no_grid),
        ({"grid": "=A1"}, "A", FaultKind.place_is_formula),
        ({"grid": "网" * 41}, "A", FaultKind.too_long),
        ({"estate": "=A1"}, "B", FaultKind.place_is_formula),
        ({"estate": "院" * 81}, "B", FaultKind.too_long),
        ({"building": None}, "C", FaultKind.no_building),
        ({"building": "楼" + "x" * 30}, "C", FaultKind.too_long),
        ({"building": "9" * 5_000}, "C", FaultKind.too_long),
        ({"unit": "9" * 5_000}, "D", FaultKind.too_long),
        ({"grid": "9" * 5_000}, "A", FaultKind.too_long),
        ({"unit": datetime(2026, 3, 2)}, "D", FaultKind.place_is_date),
        ({"room": "  "}, "E", FaultKind.no_room),
        ({"room": "?"}, "E", FaultKind.bad_room),
        ({"room": -101.0}, "E", FaultKind.bad_room),
        ({"room": 101.5}, "E", FaultKind.bad_room),
        ({"room": "=A1"}, "E", FaultKind.place_is_formula),
        ({"room": datetime(2001, 1, 10)}, "E", FaultKind.place_is_date),
        ({"note": "注" * 1001}, "J", FaultKind.too_long),
    ],
)
def test_faults_of_one_cell(cells: dict[str, Cell], column: str, kind: FaultKind) -> None:
    parsed = table(home(), home(**({"room": 502} | cells)))
    assert kinds(parsed) == [(3, column, kind)]
    assert not parsed.importable
    assert [row.room for row in parsed.rows] == ["501"]


def test_the_second_of_two_same_homes_is_at_fault_whatever_else_is_wrong_with_the_first() -> None:
    parsed = table(home(area=-1), home(grid=2, building="3#", room="501室"))
    assert kinds(parsed) == [(2, "H", FaultKind.area_not_positive), (3, "E", FaultKind.duplicate)]
    assert parsed.faults[1].params == {"first": 2}
    assert parsed.faults[1].fill(parsed.faults[1].what) == "和第 2 行是同一户。"


def test_one_estate_in_two_spellings_is_one_estate() -> None:
    for one, other in (("幸福小区", "幸福 小区"), ("A小区", "a小区"), ("幸福小区", "幸福小区　")):
        parsed = table(home(estate=one), home(estate=other))
        assert kinds(parsed) == [(3, "E", FaultKind.duplicate)]
        parsed = table(home(estate=one), home(estate=other, room=502))
        assert parsed.summary.by_estate == {one: 2}


def test_an_estate_that_is_known_keeps_its_spelling() -> None:
    parsed = parse_roll([HEADINGS, home(estate="a 小区"), home(estate="A小区")], estates=["A小区"])
    assert [row.estate for row in parsed.rows] == ["A小区"]
    assert kinds(parsed) == [(3, "E", FaultKind.duplicate)]


def test_rooms_that_differ_in_noughts_alone_are_noted() -> None:
    for rooms in (["0501", "501"], ["501", "0501"], ["0501", "00501"]):
        parsed = table(*(home(room=room) for room in rooms))
        assert [fault.kind for fault in parsed.faults] == [FaultKind.maybe_duplicate]
        assert (parsed.importable, len(parsed.rows)) == (True, 2)
    parsed = table(home(room="0501"), home(room="501", unit=3), home(room="0502"), home(room="000"))
    assert parsed.faults == ()
    twice = table(home(room="0501"), home(room="0501"))
    assert [fault.kind for fault in twice.faults] == [FaultKind.duplicate]


def test_same_home_in_one_column_addresses() -> None:
    parsed = table([1, "3-2-501"], [1, "3号楼2单元501室"], headings=["网格", "地址"])
    assert kinds(parsed) == [(3, "B", FaultKind.duplicate)]


def test_blanks_of_merged_cells_are_never_filled_from_above() -> None:
    assert kinds(table(home(), home(unit="", room=502))) == [(3, "D", FaultKind.no_unit)]
    assert kinds(table(home(), home(estate=None, room=502))) == [(3, "B", FaultKind.no_estate)]
    mixed = table([1, "3-2-501"], [1, "3-502"], headings=["网格", "地址"])
    assert kinds(mixed) == [(3, "B", FaultKind.no_unit)]
    mixed = table([1, "昌园小区3-2-501"], [1, "3-2-502"], headings=["网格", "地址"])
    assert kinds(mixed) == [(3, "B", FaultKind.no_estate)]


def test_a_house_may_have_no_units_and_a_community_no_estates() -> None:
    parsed = table(
        home(unit="", estate=""), home(unit="", estate="", room=502), home(building="4#", estate="")
    )
    assert parsed.importable
    assert [row.key for row in parsed.rows] == [
        ("", "3", "", "501"),
        ("", "3", "", "502"),
        ("", "4", "2", "501"),
    ]
    assert parsed.rows[0].label == "3-501"


def test_short_rows_and_faulty_addresses_are_reported() -> None:
    parsed = table([1], [1, "看不懂"], [1, "=A1"], headings=["网格", "地址"])
    assert kinds(parsed) == [
        (2, "B", FaultKind.no_room),
        (3, "B", FaultKind.bad_address),
        (4, "B", FaultKind.place_is_formula),
    ]


# --- faults of the file


@pytest.mark.parametrize("rows", [[], [[]], [["", None]]])
def test_an_empty_file(rows: list[list[Cell]]) -> None:
    assert kinds(parse_roll(rows)) == [(None, "", FaultKind.no_rows)]
    assert parse_roll(rows).household_rows == 0


def test_no_header() -> None:
    assert kinds(parse_roll([[1, 2], ["网格"]])) == [(None, "", FaultKind.no_header)]


def test_headings_without_households() -> None:
    assert kinds(table()) == [(None, "", FaultKind.no_rows)]


def test_missing_columns_are_one_fault_each() -> None:
    parsed = table(["王芳", 1], headings=["户主", "楼栋"])
    assert kinds(parsed) == [(1, "", FaultKind.column_missing)] * 2
    assert [fault.params["column"] for fault in parsed.faults] == ["网格", "房号"]
    assert parsed.rows == ()
    assert parsed.household_rows == 0


def test_two_columns_for_one_thing() -> None:
    parsed = table([*home(), "李"], headings=[*HEADINGS, "业主"])
    assert kinds(parsed) == [(1, "K", FaultKind.column_twice)]
    assert parsed.faults[0].fill(parsed.faults[0].what) == "有两列都是“户主姓名”：F 列和 K 列。"


def test_too_many_rows() -> None:
    homes = [home(room=room) for room in (501, 502, 503)]
    assert kinds(parse_roll([HEADINGS, *homes], most_rows=2)) == [(None, "", FaultKind.too_many_rows)]
    assert parse_roll([HEADINGS, *homes[:2], [], []], most_rows=2).importable


def test_every_fault_has_its_sentences() -> None:
    assert set(SENTENCES) == set(FaultKind)
    for kind in FaultKind:
        fault = Fault(kind, params={"column": 1, "first": 1, "second": 1, "limit": 1})
        assert "%" not in fault.fill(fault.what) + fault.fill(fault.next_step)
        assert fault.what.endswith("。")
        assert fault.next_step.endswith("。")
    assert Fault(FaultKind.no_room).fill("100%") == "100%"


# --- pieces


def test_summary_is_in_walking_order() -> None:
    parsed = table(
        home(grid=10, estate="三号院"),
        home(grid=2, estate="二号院", building=10),
        home(grid=2, estate="二号院"),
    )
    summary = parsed.summary
    assert summary.households == 3
    assert list(summary.by_grid.items()) == [("2", 2), ("10", 1)]
    assert list(summary.by_estate.items()) == [("二号院", 2), ("三号院", 1)]
    assert list(summary.by_building) == [("二号院", "3"), ("二号院", "10"), ("三号院", "3")]


def test_letters_of_columns() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 51, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "ZZ",
        "AAA",
    ]


def test_titles_name_their_own_fields() -> None:
    assert all(field_named(title) is field for field, title in TITLES.items())


def test_text_of_cells() -> None:
    assert [text_of(cell) for cell in (None, True, False, 3, 3.5, "\ufeff a\n b ", datetime(2026, 1, 2))] == [
        "", "TRUE", "FALSE", "3", "3.5", "a b", "2026-01-02 00:00:00",
    ]  # fmt: skip
    assert typed(101.0) == "101"
    assert [han_number(text) for text in ("一", "十", "十二", "二十", "二十三", "百")] == [
        "1", "10", "12", "20", "23", "百",
    ]  # fmt: skip


CELL = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.datetimes(),
    st.sampled_from(["3-2-501", "合计", "1#", "=1+1", "网格", "101", "填表人:"]),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.lists(CELL, max_size=12), max_size=6))
def test_no_sheet_can_break_the_reader(rows: list[list[Cell]]) -> None:
    parsed = parse_roll([HEADINGS, *rows])
    told = {row.sheet_row for row in parsed.rows} | {fault.sheet_row for fault in parsed.errors}
    skipped = {skip.sheet_row for skip in parsed.skipped}
    assert not told & skipped
    assert {index + 2 for index in range(len(rows))} <= told | skipped
