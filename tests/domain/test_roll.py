"""The household roll: every way an office writes a home, a name, a number; and what is refused."""

import itertools
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliberate.domain.roll import ParsedRoll, parse_roll
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
from deliberate.domain.roll_cells import Occupancy, area_of, floor_typed, occupancy_of, telephone_of
from deliberate.domain.roll_columns import FIELD_BY_NAME, TITLES, Field, column_letter, field_named
from deliberate.domain.roll_faults import SENTENCES, Fault, FaultKind, Severity
from deliberate.domain.roll_rows import SkipReason
from deliberate.domain.roll_text import (
    DOTS,
    Cell,
    compact,
    han_number,
    natural,
    person_name,
    search_key,
    text_of,
    typed,
)

HEADINGS = [
    "网格",
    "小区",
    "楼栋",
    "单元",
    "房号",
    "户主姓名",
    "联系电话",
    "建筑面积(㎡)",
    "居住状况",
    "备注",
]
HOME = ["第1网格", "铁路花园", "3号楼", "2单元", 501.0, "王芳", "19900000000", 85.3, "自住", ""]


def table(*homes: list[Cell], headings: list[str] = HEADINGS) -> ParsedRoll:
    return parse_roll([list(headings), *homes])


def home(**cells: Cell) -> list[Cell]:
    """One sound row with some cells changed, by field."""
    order = [field_named(heading) for heading in HEADINGS]
    return [cells.get(field.value, cell) for field, cell in zip(order, HOME, strict=True) if field]


def kinds(parsed: ParsedRoll) -> list[tuple[int | None, str, FaultKind]]:
    return [(fault.sheet_row, fault.column, fault.kind) for fault in parsed.faults]


def wide(text: str) -> str:
    """As typed with the full-width keyboard."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


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


# --- names

DOT_SPELLINGS = [*DOTS, ".", "。", " · ", "・ ", "．", "••"]


@pytest.mark.parametrize("dot", DOT_SPELLINGS)
def test_every_dot_of_a_uyghur_name_is_the_same_dot(dot: str) -> None:
    assert person_name(f"  阿迪力{dot}阿不都 ") == "阿迪力·阿不都"
    assert search_key(f"阿迪力{dot}阿不都") == search_key("阿迪力 阿不都") == search_key("阿迪力阿不都")


def test_names_are_kept_whole() -> None:
    assert person_name("J. Smith") == "J. Smith"
    assert person_name("王　芳") == "王芳"
    assert person_name("ئايگۈل · تۇرسۇن") == "ئايگۈل·تۇرسۇن"
    assert person_name("𠮷田\u202e花") == "𠮷田花"
    assert person_name(12.0) == "12"
    assert person_name("·") == ""
    assert person_name("=A.B(C)") == "=A.B(C)"
    longest = "麦" * 120
    assert table(home(head_name=longest)).rows[0].head_name == longest


def test_names_that_are_too_long_are_faults_and_shown_short() -> None:
    parsed = table(home(head_name="麦" * 10_000))
    assert kinds(parsed) == [(2, "F", FaultKind.too_long)]
    assert parsed.faults[0].params == {"limit": 120}
    assert len(parsed.faults[0].cell) == 200
    assert not parsed.importable


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_name_read_twice_is_the_same_name(text: str) -> None:
    name = person_name(text)
    assert person_name(name) == name
    assert search_key(name) == search_key(text)


def test_a_missing_name_and_a_formula_are_noted_and_imported() -> None:
    parsed = table(home(head_name=""), home(room=502, head_name='=HYPERLINK("http://x","y")'))
    assert kinds(parsed) == [(2, "F", FaultKind.no_name), (3, "F", FaultKind.name_is_formula)]
    assert [fault.severity for fault in parsed.faults] == [Severity.note, Severity.note]
    assert parsed.importable
    assert [row.head_name for row in parsed.rows] == [None, '=HYPERLINK("http://x","y")']
    assert parsed.notes == parsed.faults
    assert parsed.errors == ()


# --- numbers


@pytest.mark.parametrize(
    ("cell", "area"),
    [(64.68000000000001, "64.68"), (85, "85.00"), ("85.305", "85.31"),
    ("８５．３㎡", "85.30"), ("85.3 平方米", "85.30"),
     ("1,085.3", "1085.30"), (10000, "10000.00"), (0.005, "0.01"), (".5", "0.50"), (1.005, "1.01")],
)  # fmt: skip
def test_areas(cell: Cell, area: str) -> None:
    assert area_of(cell) == Decimal(area)
    assert str(area_of(cell)) == area


@pytest.mark.parametrize(
    ("cell", "kind"),
    [(0, "area_not_positive"), (-58.2, "area_not_positive"), ("-1",
    "area_not_positive"), (0.004, "area_not_positive"),
     (-1e300, "area_not_positive"), (10000.01, "area_too_large"), (1e300, "area_too_large"),
     ("五十八平", "area_not_number"), ("=A1", "area_not_number"), (True, "area_not_number"),
     (float("nan"), "area_not_number"), (float("inf"), "area_not_number"),
     (datetime(2026, 1, 1), "area_not_number"),
     ("1e5", "area_not_number"), ("1,23", "area_not_number")],
)  # fmt: skip
def test_areas_that_cannot_be(cell: Cell, kind: str) -> None:
    assert area_of(cell) is FaultKind(kind)
    assert kinds(table(home(area=cell))) == [(2, "H", FaultKind(kind))]


@pytest.mark.parametrize(
    ("cell", "digits"),
    [(19920000000.0, "19920000000"), ("199 2000 0000", "19920000000"), ("+86-199-2000-0000", "19920000000"),
     ("0086 19920000000", "19920000000"), ("(0991) 456.7890", "09914567890"), ("4567890", "4567890"),
     ("１９９２００００００１", "19920000001"), ("", None), (None, None)],
)  # fmt: skip
def test_telephones(cell: Cell, digits: str | None) -> None:
    assert telephone_of(cell) == digits


@pytest.mark.parametrize(
    ("cell", "kind"),
    [("1992000", "telephone_short"), ("456789", "telephone_short"), (123.0, "telephone_short"),
     ("19920000000/19920000001", "telephone_bad"), ("1.99E+10", "telephone_bad"), ("不详", "telephone_bad"),
     (4567890.5, "telephone_bad"), (True, "telephone_bad"), (datetime(2026, 1, 1), "telephone_bad")],
)  # fmt: skip
def test_telephones_that_cannot_be(cell: Cell, kind: str) -> None:
    assert telephone_of(cell) is FaultKind(kind)


def test_occupancy() -> None:
    assert [occupancy_of(word) for word in ("自住", "出租", "租户", "租住", "空置", "Vacant", "")] == [
        Occupancy.SELF_OCCUPIED, Occupancy.RENTED, Occupancy.RENTED, Occupancy.RENTED,
        Occupancy.VACANT, Occupancy.VACANT, Occupancy.UNKNOWN,
    ]  # fmt: skip
    assert kinds(table(home(occupancy="借住"))) == [(2, "I", FaultKind.occupancy_unknown)]
    assert table(home(occupancy="借住")).importable


def test_a_note_tells_the_occupancy_only_when_nothing_else_does() -> None:
    assert table(home(occupancy="", note="租户")).rows[0].occupancy is Occupancy.RENTED
    assert table(home(occupancy="", note="租户很多")).rows[0].occupancy is Occupancy.UNKNOWN
    assert table(home(occupancy="自住", note="租户")).rows[0].occupancy is Occupancy.SELF_OCCUPIED
    assert table(home(occupancy="不详", note="租户")).rows[0].occupancy is Occupancy.UNKNOWN
    assert table(home(occupancy="", note="租户")).rows[0].note == "租户"


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
    assert parsed.faults[0].fill(parsed.faults[0].what) == "有两列都是“户主姓名”:F 列和 K 列。"


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
