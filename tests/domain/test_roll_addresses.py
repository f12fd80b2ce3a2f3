"""Every form of an address is the same home, and what is not certain is not guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliberate.domain.roll_address import (
    Address,
    building_name,
    floor_of,
    grid_name,
    parse_address,
    parse_unit_room,
    room_name,
    unit_name,
    walk_key,
)
from deliberate.domain.roll_cells import floor_typed
from deliberate.domain.roll_faults import FaultKind
from deliberate.domain.roll_text import (
    compact,
    natural,
)
from tests.domain.roll_sheet import home, kinds, table, wide

# --- addresses

NUMBER = st.integers(1, 99).map(str)
ROOM = st.integers(1, 33).flatmap(lambda floor: st.integers(1, 12).map(lambda door: f"{floor}{door:02}"))
WITH_UNIT = [
    "{b}-{u}-{r}", "{b}号楼{u}单元{r}室", "{b}#{u}-{r}", "{b}栋{u}单元{r}",
    "{b}幢{u}单元{r}号", "{b}#楼{u}单元{r}",
    "{b}号楼-{u}单元-{r}室", "{b}/{u}/{r}", "{b}—{u}—{r}", "第{b}号楼第{u}单元{r}室", "{b}座{u}门{r}",
    "{b}号{u}单元{r}户",
    "铁路花园{b}号楼{u}单元{r}室", "毛纺一号院{b}-{u}-{r}",
]  # fmt: skip
WITHOUT_UNIT = ["{b}-{r}", "{b}号楼{r}室", "{b}#{r}", "{b}栋{r}", "{b}座{r}号"]


@pytest.mark.parametrize("form", WITH_UNIT)
@settings(deadline=None)
@given(building=NUMBER, unit=NUMBER, room=ROOM)
def test_every_form_of_an_address_is_the_same_home(form: str, building: str, unit: str, room: str) -> None:
    written = form.format(b=building, u=unit, r=room)
    for text in (written, wide(written), " ".join(written), f" {written}　"):
        address = parse_address(compact(text))
        assert address is not None
        assert (address.building, address.unit, address.room) == (building, unit, room)


@pytest.mark.parametrize("form", WITHOUT_UNIT)
@settings(deadline=None)
@given(building=NUMBER, room=ROOM)
def test_a_house_without_stairwells_has_no_unit(form: str, building: str, room: str) -> None:
    assert parse_address(form.format(b=building, r=room)) == Address("", building, "", room)


@pytest.mark.parametrize(
    "text",
    ["", "101", "101室", "北京路12号", "3-2-501-1", "3--", "-", "楼", "=A1", "三单元", "3号楼", "1号房"],
)
def test_an_address_that_is_not_certain_is_not_guessed(text: str) -> None:
    assert parse_address(compact(text)) is None


@pytest.mark.parametrize("address", ["3-2-501", "3号楼2单元501室", "3#2-501", "３－２－５０１"])
def test_an_address_in_one_column(address: str) -> None:
    parsed = table([1, "铁路花园", address], headings=["网格", "小区", "门牌号"])
    assert parsed.rows[0].key == ("铁路花园", "3", "2", "501")


def test_a_room_column_without_a_building_is_an_address_and_the_reverse() -> None:
    assert table([1, "3-2-501"], headings=["网格", "房号"]).rows[0].key == ("", "3", "2", "501")
    named = table([1, "3#", 2, 501], headings=["网格", "楼栋", "单元", "门牌号"])
    assert named.rows[0].key == ("", "3", "2", "501")


def test_separate_columns_win_over_an_address() -> None:
    parsed = table([1, 3, 2, 501, "北京路12号"], headings=["网格", "楼栋", "单元", "房号", "地址"])
    assert parsed.rows[0].label == "3-2-501"
    assert parsed.ignored_columns == ("地址",)
    whole = table([1, "3-2-501", 501], headings=["网格", "地址", "房号"])
    assert whole.rows[0].label == "3-2-501"
    assert whole.ignored_columns == ("房号",)


def test_the_estate_of_an_address() -> None:
    headings = ["网格", "小区", "地址"]
    assert table([1, "", "昌园小区3-2-501"], headings=headings).rows[0].estate == "昌园小区"
    assert table([1, "昌园小区", "昌园小区3-2-501"], headings=headings).rows[0].estate == "昌园小区"
    assert kinds(table([1, "昌园小区", "铁路花园3-2-501"], headings=headings)) == [
        (2, "C", FaultKind.other_estate)
    ]


@pytest.mark.parametrize("room", ["2-501", "2单元501室", "3-2-501", "3号楼2单元501"])
def test_a_room_cell_may_name_its_stairwell(room: str) -> None:
    assert table([1, "3号楼", room], headings=["网格", "楼栋", "房号"]).rows[0].key == ("", "3", "2", "501")


def test_a_room_cell_of_another_house_is_a_fault() -> None:
    assert kinds(table(home(room="4-2-501"))) == [(2, "E", FaultKind.bad_room)]


def test_bare_names() -> None:
    for text in ("1号楼", "1#", "1栋", "1幢", "1", "01", "第1栋", "1 号 楼", "1座", "一号楼", "１＃"):
        assert building_name(compact(text)) == "1"
    for text in ("1单元", "1", "01", "一单元", "第1单元", "1门"):
        assert unit_name(compact(text)) == "1"
    for text in ("第1网格", "1", "网格1", "1号网格", "第一网格", "Grid 1", "01"):
        assert grid_name(compact(text)) == "1"
    assert building_name("A座") == "A"
    assert grid_name("固原巷第3网格") == "固原巷第3网格"
    assert room_name("501室") == room_name("501号") == "501"
    assert room_name("501-1") == "501-1"
    assert room_name("5 01!") is None
    assert parse_unit_room("501") is None


def test_numbers_that_a_program_wrote_as_text() -> None:
    assert table(home(room="501.0", telephone="19900000000.0")).rows[0].room == "501"


@pytest.mark.parametrize(
    ("room", "floor"),
    [("501", 5), ("1203", 12), ("101", 1), ("0501", 5), ("B101", -1), ("B201", -2), ("B012", -1), ("负1", -1),
     ("地下室", -1), ("地下1", -1), ("A801", 8), ("501A", 5), ("7", None), ("12", None), ("001", None),
     ("底商3", None), ("商铺", None), ("99901", None), ("123456", None)],
)  # fmt: skip
def test_the_floor_is_told_by_the_room(room: str, floor: int | None) -> None:
    assert floor_of(room) == floor


def test_a_floor_column_wins() -> None:
    headings = ["网格", "楼栋", "房号", "楼层"]
    assert [table([1, 1, 501, cell], headings=headings).rows[0].floor for cell in (4, "第4层", "-1", "")] == [
        4, 4, -1, 5,
    ]  # fmt: skip
    assert kinds(table([1, 1, 501, "高"], headings=headings)) == [(2, "D", FaultKind.bad_floor)]
    assert floor_typed(True) is FaultKind.bad_floor


def test_the_order_of_feet() -> None:
    doors = [
        ("二号院", "1", "1", 1, "101"), ("二号院", "1", "1", 2, "201"), ("二号院", "1", "1", 10, "1001"),
        ("二号院", "1", "1", None, "商铺"), ("二号院", "1", "2", -1, "B101"), ("二号院", "2", "", 1, "101"),
        ("二号院", "10", "", 1, "101"), ("三号院", "1", "", 1, "101"), ("十一号院", "1", "", 1, "101"),
    ]  # fmt: skip
    backwards = doors[::-1]
    assert sorted(backwards, key=lambda door: walk_key(*door)) == doors
    walked = sorted(table(home(room=1001), home(room=201)).rows, key=lambda row: row.walk)
    assert [row.room for row in walked] == ["201", "1001"]


@settings(deadline=None)
@given(st.lists(st.text("12ab号院三", max_size=6)))
def test_the_natural_order_is_total(texts: list[str]) -> None:
    assert sorted(sorted(texts), key=natural) == sorted(sorted(texts), key=natural)
