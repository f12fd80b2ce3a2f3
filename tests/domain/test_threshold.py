"""The share of all households that must agree."""

from fractions import Fraction

from deliberate.domain.rules import CC278_ORD, RC80, household_rule, threshold


def test_the_highest_share_that_the_rules_ask_of_households() -> None:
    assert threshold((RC80,)) == Fraction(4, 5)
    assert threshold((RC80, household_rule(90, 100), CC278_ORD)) == Fraction(9, 10)


def test_rules_that_ask_only_owners_ask_nothing_of_households() -> None:
    assert threshold((CC278_ORD,)) is None
