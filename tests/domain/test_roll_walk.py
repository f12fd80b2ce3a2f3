"""Walking order as a plain string: what the store sorts byte by byte is the order of feet."""

from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.roll import parse_roll
from deliberate.domain.roll_address import walk_key, walk_text
from deliberate.domain.roll_faults import FaultKind
from deliberate.domain.roll_text import tidy

PART = st.text("0123456789AB号院 一二·é", max_size=6).map(tidy)
HOMES = st.tuples(PART, PART, PART, st.none() | st.integers(-999, 999), PART)


@given(st.lists(HOMES, min_size=2, max_size=8))
def test_the_string_sorts_as_the_key_does(homes: list[tuple[str, str, str, int | None, str]]) -> None:
    by_text = sorted(homes, key=lambda home: walk_text(walk_key(*home)).encode())
    by_key = sorted(homes, key=lambda home: walk_key(*home))
    assert [walk_key(*home) for home in by_text] == [walk_key(*home) for home in by_key]


def test_floors_come_before_rooms_and_numbers_count_as_numbers() -> None:
    doors = [
        ("", "1", "1", -1, "B101"),
        ("", "1", "1", 9, "902"),
        ("", "1", "1", 10, "1001"),
        ("", "2", "1", 1, "101"),
    ]
    texts = [walk_text(walk_key(*door)) for door in doors]
    assert texts == sorted(texts)


def test_an_address_with_an_endless_estate_is_a_fault_and_no_home() -> None:
    parsed = parse_roll([["网格", "地址"], ["1", "院" * 81 + "3号楼2单元501室"]])
    assert [fault.kind for fault in parsed.faults] == [FaultKind.too_long]
    assert parsed.rows == ()
