"""Tallies on whole numbers: every roll up to 200, the known cases, and percentages that never flatter."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.consent import Standing
from deliberate.domain.rules import RC80, Electorate, evaluate
from deliberate.domain.tally import Tally, Weight, count, hundredths_down, need, percent_down

KNOWN = [
    (10, 4, 5, 8),
    (300, 4, 5, 240),
    (283, 4, 5, 227),
    (2034, 4, 5, 1628),
    (4813, 4, 5, 3851),
    (1, 4, 5, 1),
    (24, 3, 4, 18),
    (15, 4, 5, 12),
    (1069, 3, 4, 802),
]


def households(roll: int, agree: int) -> Tally:
    """So many on the roll, so many of them agreeing, nobody else answering."""
    return Tally(agree=Weight(agree), silent=Weight(roll - agree))


def passes(roll: int, agree: int) -> bool:
    """As the rule engine says for 80 % of households."""
    (result,) = evaluate((RC80,), {Electorate.HOUSEHOLD: households(roll, agree)})
    return result.passed


@pytest.mark.parametrize(("base", "num", "den", "least"), KNOWN)
def test_the_known_numbers_are_needed(base: int, num: int, den: int, least: int) -> None:
    assert need(base, num, den) == least


def test_220_of_283_fail_and_227_pass() -> None:
    assert not passes(283, 220)
    assert not passes(283, 226)
    assert passes(283, 227)


def test_an_empty_roll_passes_nothing() -> None:
    assert not passes(0, 0)


def test_every_roll_up_to_200_passes_exactly_from_four_fifths_on() -> None:
    for roll in range(1, 201):
        least = need(roll, 4, 5)
        for agree in range(roll + 1):
            assert passes(roll, agree) is (agree * 5 >= roll * 4) is (agree >= least), (roll, agree)


def test_every_roll_up_to_200_under_a_strict_majority() -> None:
    for base in range(201):
        least = need(base, 1, 2, strict=True)
        assert all((have * 2 > base) is (have >= least) for have in range(base + 2)), base


@given(st.integers(0, 10**9), st.integers(1, 100), st.integers(1, 100), st.booleans())
def test_need_is_the_least_whole_number_that_passes(base: int, num: int, den: int, strict: bool) -> None:
    num, den = min(num, den), max(num, den)
    least = need(base, num, den, strict=strict)
    asked = Fraction(base * num, den)
    assert least > asked if strict else least >= asked
    assert not (least - 1 > asked if strict else least - 1 >= asked)


@given(st.lists(st.tuples(st.sampled_from(Standing), st.integers(0, 10**6))))
def test_every_entry_is_in_exactly_one_place(entries: list[tuple[Standing, int]]) -> None:
    tally = count(entries)
    assert tally.roll == Weight(len(entries), sum(area for _, area in entries))
    assert tally.roll == tally.agree + tally.disagree + tally.abstain + tally.no_response
    assert tally.participating == tally.agree + tally.disagree + tally.abstain
    for stands in Standing:
        place: Weight = getattr(tally, stands.value)
        assert place.one == sum(1 for s, _ in entries if s is stands)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (7998, 10000, "79.98"),
        (79999, 100000, "79.99"),
        (4, 5, "80"),
        (1, 3, "33.33"),
        (1, 8, "12.5"),
        (1, 1000, "0.1"),
        (0, 7, "0"),
        (7, 7, "100"),
        (0, 0, "0"),
    ],
)
def test_percentages_round_down(part: int, whole: int, shown: str) -> None:
    assert percent_down(part, whole) == shown


@given(st.integers(1, 10**7).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_what_is_below_80_per_cent_is_never_shown_as_80(shares: tuple[int, int]) -> None:
    part, whole = shares
    shown = Fraction(percent_down(part, whole))
    assert shown <= Fraction(part * 100, whole) < shown + Fraction(1, 100)
    assert (shown >= 80) is (part * 5 >= whole * 4)
    assert hundredths_down(part, whole) == shown * 100
