"""Importing again: added, changed field by field, missing; never deleted, never wiped by an absent column."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from deliberate.domain.roll import ParsedRoll, parse_roll
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.roll_columns import Field
from deliberate.domain.roll_diff import ExistingHousehold, FieldChange, diff
from deliberate.domain.roll_rows import RollRow

HEADINGS = ["网格", "楼栋", "单元", "房号", "户主", "电话", "面积", "居住状况", "备注"]


def on_file(*rooms: int, **cells: object) -> ParsedRoll:
    values = {"户主": "王芳", "电话": "19900000000", "面积": 85.3, "居住状况": "自住", "备注": ""} | cells
    return parse_roll([HEADINGS, *([1, 3, 2, room, *values.values()] for room in rooms)])  # type: ignore[list-item]


def on_roll(room: str, **known: object) -> ExistingHousehold:
    return replace(
        ExistingHousehold(
            int(room), "1", "", "3", "2", int(room[:-2]), room, "王芳", "19900000000", Decimal("85.30"),
            Occupancy.SELF_OCCUPIED, "",
        ),
        **known,  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_first_import_adds_everything() -> None:
    found = diff([], on_file(501, 502))
    assert [row.room for row in found.added] == ["501", "502"]
    assert (found.changed, found.unchanged, found.missing) == ((), 0, ())


def test_the_same_file_again_changes_nothing() -> None:
    found = diff([on_roll("501"), on_roll("502")], on_file(501, 502))
    assert (found.added, found.changed, found.unchanged, found.missing) == ((), (), 2, ())


def test_added_changed_and_missing() -> None:
    found = diff([on_roll("501", head_name="李强", area=None), on_roll("403")], on_file(501, 502))
    assert [row.room for row in found.added] == ["502"]
    assert [household.ref for household in found.missing] == [403]
    (change,) = found.changed
    assert change.existing.ref == 501
    assert change.row.sheet_row == 2
    assert change.fields == (
        FieldChange(Field.head_name, "李强", "王芳"),
        FieldChange(Field.area, None, Decimal("85.30")),
    )


def test_homes_whose_rooms_lost_their_noughts_are_told() -> None:
    found = diff([on_roll("0501"), on_roll("0502"), on_roll("403")], on_file(501, 601))
    assert [row.room for row in found.added] == ["501", "601"]
    assert [row.room for row in found.renumbered] == ["501"]


def test_an_empty_cell_is_a_change_and_an_absent_column_is_not() -> None:
    known = on_roll("501")
    (change,) = diff([known], on_file(501, 电话="")).changed
    assert change.fields == (FieldChange(Field.telephone, "19900000000", None),)
    short = parse_roll([["网格", "地址"], [1, "3-2-501"]])
    assert diff([known], short).unchanged == 1


def test_an_unknown_occupancy_or_floor_says_nothing() -> None:
    assert diff([on_roll("501")], on_file(501, 居住状况="")).unchanged == 1
    shop = replace(on_roll("501"), room="商铺", floor=1)
    assert diff([shop], parse_roll([["网格", "地址"], [1, "3-2-501"]])).missing == (shop,)
    assert diff([shop], parse_roll([HEADINGS[:4], [1, 3, 2, "商铺"]])).unchanged == 1


def test_a_note_can_tell_the_occupancy() -> None:
    parsed = parse_roll([["网格", "地址", "备注"], [1, "3-2-501", "空置"]])
    (change,) = diff([on_roll("501", note="空置")], parsed).changed
    assert change.fields == (FieldChange(Field.occupancy, Occupancy.SELF_OCCUPIED, Occupancy.VACANT),)


ROOMS = st.sets(st.integers(101, 120).map(str))


@settings(deadline=None)
@given(before=ROOMS, after=ROOMS)
def test_every_household_is_in_exactly_one_heap(before: set[str], after: set[str]) -> None:
    rows = tuple(
        RollRow(index, "1", "", "3", "2", 1, room) for index, room in enumerate(sorted(after), start=2)
    )
    found = diff([on_roll(room) for room in before], ParsedRoll(rows, columns={}))
    assert {row.room for row in found.added} == after - before
    assert {household.room for household in found.missing} == before - after
    assert found.unchanged + len(found.changed) == len(before & after)
