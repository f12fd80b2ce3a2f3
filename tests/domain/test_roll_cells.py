"""Names, areas, telephones and occupancy as offices write them."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliberate.domain.roll_cells import Occupancy, area_of, occupancy_of, telephone_of
from deliberate.domain.roll_faults import FaultKind, Severity
from deliberate.domain.roll_text import (
    DOTS,
    Cell,
    names_several,
    person_name,
    search_key,
)
from tests.domain.roll_sheet import home, kinds, table

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


@pytest.mark.parametrize(
    "one", ["王芳", "阿依古丽·黑力力", "J. Smith", " ئايگۈل · تۇرسۇن\n", "Anne-Marie O'Neil"]
)
def test_a_name_is_of_one_person(one: str) -> None:
    assert not names_several(one)


@pytest.mark.parametrize("between", ["、", "，", ",", "; ", "؛", "،", " / ", "|", "&", "\n"])
def test_what_stands_between_people_makes_several_of_a_name(between: str) -> None:
    assert names_several(f"王芳{between}李强")


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
