"""Serial numbers: each wrong digit is found, and nearly every swap of two neighbours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.serial import LARGEST, check_digit, masked, printed, read

NUMBERS = st.integers(0, LARGEST)


@given(NUMBERS)
def test_what_is_printed_is_read(number: int) -> None:
    assert read(printed(number)) == number
    assert read(printed(number).replace("-", "")) == number


def test_a_masked_serial_is_known_by_who_holds_the_paper_and_names_nothing() -> None:
    assert masked(printed(4571)) == "****-*71-*"
    assert read(masked(printed(4571))) is None


@given(NUMBERS)
def test_every_single_wrong_digit_is_found(number: int) -> None:
    digits = printed(number).replace("-", "")
    for place, right in enumerate(digits):
        for wrong in "0123456789":
            if wrong != right:
                assert read(digits[:place] + wrong + digits[place + 1 :]) is None


def test_nearly_every_swap_of_neighbours_is_found() -> None:
    swaps = missed = 0
    for number in range(0, LARGEST, 4999):
        digits = printed(number).replace("-", "")
        for place in range(7):
            if digits[place] != digits[place + 1]:
                swaps += 1
                swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
                missed += read(swapped) is not None
    assert swaps > 5000
    assert missed / swaps < 0.03


def test_the_example_of_the_form() -> None:
    assert printed(4571) == f"0004-571-{check_digit(4571)}"
    assert read("0004—571") is None
    assert read("0004 571 " + str(check_digit(4571))) == 4571


@pytest.mark.parametrize("typed", ["", "0004-571", "0004-571-66", "abcd-efg-h", "①②③④⑤⑥⑦⑧x", "²²²²²²²²²"])
def test_what_is_not_a_serial(typed: str) -> None:
    assert read(typed) is None


def test_arabic_digits_of_another_script_are_not_read_as_a_serial() -> None:
    assert read("٠٠٠٤٥٧١٦") is None
