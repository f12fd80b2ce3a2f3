"""Limits of a picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.pictures import (
    LONGEST_SIDE,
    MOST_BYTES,
    MOST_PIXELS,
    BadPicture,
    check_bytes,
    check_pixels,
    shown_size,
)

sides = st.integers(1, 40_000)


def test_bytes_and_pixels_up_to_the_limit() -> None:
    check_bytes(1)
    check_bytes(MOST_BYTES)
    check_pixels(1, MOST_PIXELS)
    for size in 0, MOST_BYTES + 1:
        with pytest.raises(BadPicture):
            check_bytes(size)
    with pytest.raises(BadPicture):
        check_pixels(MOST_PIXELS + 1, 1)


@given(sides, sides)
def test_a_picture_is_never_enlarged_and_never_vanishes(width: int, height: int) -> None:
    shown = shown_size(width, height)
    assert 1 <= shown[0] <= min(width, LONGEST_SIDE)
    assert 1 <= shown[1] <= min(height, LONGEST_SIDE)
    assert shown == (width, height) or max(shown) == LONGEST_SIDE
