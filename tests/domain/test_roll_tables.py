"""Where a roll begins and ends on its sheet, and which column is which."""

import itertools
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from deliberate.domain.roll import parse_roll
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.roll_columns import FIELD_BY_NAME, Field, field_named
from deliberate.domain.roll_faults import FaultKind
from deliberate.domain.roll_rows import SkipReason
from deliberate.domain.roll_text import (
    Cell,
)
from tests.domain.roll_sheet import HEADINGS, HOME, home, kinds, table, wide

# --- one sound household


def test_one_household_is_read_and_normalised() -> None:
    parsed = table(home())
    (row,) = parsed.rows
    assert (row.grid, row.estate, row.building, row.unit, row.floor, row.room) == (
        "1", "铁路花园", "3", "2", 5, "501",
    )  # fmt: skip
    assert (row.head_name, row.telephone, row.area) == ("王芳", "19900000000", Decimal("85.30"))
    assert row.occupancy is Occupancy.SELF_OCCUPIED
    assert row.sheet_row == 2
    assert row.label == "3-2-501"
    assert row.key == ("铁路花园", "3", "2", "501")
    assert parsed.importable
    assert not parsed.faults


def test_the_columns_may_stand_in_any_order() -> None:
    expected = table(home()).rows[0]
    for shift, reverse in itertools.product(range(len(HEADINGS)), (False, True)):
        pairs = list(zip(HEADINGS, HOME, strict=True))
        pairs = pairs[shift:] + pairs[:shift]
        pairs = pairs[::-1] if reverse else pairs
        assert parse_roll([[p[0] for p in pairs], [p[1] for p in pairs]]).rows == (expected,)


@settings(deadline=None)
@given(st.permutations(list(zip(HEADINGS, HOME, strict=True))))
def test_any_permutation_of_columns_gives_the_same(pairs: list[tuple[str, Cell]]) -> None:
    parsed = parse_roll([[pair[0] for pair in pairs], [pair[1] for pair in pairs]])
    assert parsed.rows == table(home()).rows


def test_every_known_heading_is_recognised_however_it_is_spaced_or_widened() -> None:
    for name, field in FIELD_BY_NAME.items():
        assert field_named(name) is field
        assert field_named(" ".join(name) + "　") is field
        assert field_named(wide(name.lower())) is field
        assert field_named(name + ":") is field
    assert field_named("建筑面积(㎡)") is Field.area
    assert field_named("Head of household") is Field.head_name
    assert field_named("固原巷社区住户登记表(2026年)") is None
    assert field_named("") is None


def test_english_headings() -> None:
    row = table(
        [1, "Green Court", "B", 2, 1203, "Aygul", "0991-4567890", 60, "rented", "x"],
        headings=[
            "Grid",
            "Estate",
            "Building",
            "Unit",
            "Room No.",
            "Name",
            "Phone",
            "Area (m2)",
            "Status",
            "Notes",
        ],
    ).rows[0]
    assert (row.key, row.floor, row.telephone) == (("Green Court", "B", "2", "1203"), 12, "09914567890")
    assert row.occupancy is Occupancy.RENTED


def test_titles_blank_rows_totals_and_footnotes_are_no_households() -> None:
    parsed = parse_roll(
        [
            ["某社区住户登记表"],
            [],
            HEADINGS,
            home(),
            ["", None, "  "],
            ["小 计", "", "", "", 1.0],
            HEADINGS,
            home(room="502"),
            ["", "", "合计:", "", "", "2户"],
            ["填表人:张三", "", "", "", "", "", "", "2026年"],
            ["以上情况属实"],
            ["备注：此表一式两份", "", "", "", "", "x", "y"],
        ]
    )
    assert [row.sheet_row for row in parsed.rows] == [4, 8]
    assert parsed.importable
    assert (parsed.header_row, parsed.totals_row, parsed.stated_total) == (3, 9, 2)
    assert parsed.household_rows == 2
    assert [(skip.sheet_row, skip.reason) for skip in parsed.skipped] == [
        (5, SkipReason.blank),
        (6, SkipReason.totals),
        (7, SkipReason.header_again),
        (9, SkipReason.totals),
        (10, SkipReason.footnote),
        (11, SkipReason.footnote),
        (12, SkipReason.footnote),
    ]


def test_a_household_after_the_totals_is_not_lost() -> None:
    parsed = table(home(), ["合计"], home(room=""), home(room=502))
    assert kinds(parsed) == [(4, "E", FaultKind.no_room)]
    assert [row.room for row in parsed.rows] == ["501", "502"]
    assert parsed.household_rows == 3


def test_a_name_that_looks_like_a_total_is_a_name() -> None:
    assert table(home(head_name="合计")).rows[0].head_name == "合计"


def test_totals_without_a_number_state_nothing() -> None:
    assert table(home(), ["Total", 7]).stated_total is None
