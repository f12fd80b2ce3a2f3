"""Decision rules: the Civil Code's known cases, what a failed test means, rules as data and back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain import rules
from deliberate.domain.errors import BadInput
from deliberate.domain.rules import (
    CC278_MAJ,
    CC278_ORD,
    RC80,
    Base,
    Electorate,
    Measure,
    Outcome,
    Rule,
    Test,
    TestKind,
    WeightBy,
    check_attached,
    evaluate,
    from_data,
    household_rule,
    outcome,
    to_data,
)
from deliberate.domain.tally import Tally, Weight

AREA = 8000


def owners(roll: int, agree: int, disagree: int, *, each: int = AREA) -> Tally:
    """Owners of equal areas."""
    return Tally(
        agree=Weight(agree, agree * each),
        disagree=Weight(disagree, disagree * each),
        silent=Weight(roll - agree - disagree, (roll - agree - disagree) * each),
    )


def decided(rule: Rule, tally: Tally) -> Outcome:
    return outcome(evaluate((rule,), {rule.unit: tally}))


@pytest.mark.parametrize(
    ("rule", "taking_part", "agreeing", "expected"),
    [
        (CC278_MAJ, 8, 6, Outcome.ADOPTED),
        (CC278_MAJ, 8, 5, Outcome.REJECTED),
        (CC278_MAJ, 7, 7, Outcome.NO_VALID_DECISION),
        (CC278_ORD, 8, 4, Outcome.REJECTED),
        (CC278_ORD, 8, 5, Outcome.ADOPTED),
        (CC278_ORD, 7, 7, Outcome.NO_VALID_DECISION),
        (CC278_ORD, 0, 0, Outcome.NO_VALID_DECISION),
    ],
)
def test_twelve_owners_of_equal_area(rule: Rule, taking_part: int, agreeing: int, expected: Outcome) -> None:
    assert decided(rule, owners(12, agreeing, taking_part - agreeing)) is expected


def test_heads_pass_and_area_fails_is_rejected() -> None:
    tally = Tally(agree=Weight(8, 8 * AREA), disagree=Weight(1, 20 * AREA), silent=Weight(1, AREA))
    by_weight = {r.test.weight: r.passed for r in evaluate((CC278_ORD,), {Electorate.OWNER: tally})}
    assert by_weight == {WeightBy.ONE: True, WeightBy.AREA: False}
    assert decided(CC278_ORD, tally) is Outcome.REJECTED


@pytest.mark.parametrize(
    ("roll", "agree", "expected"),
    [
        (10, 8, Outcome.ADOPTED),
        (10, 7, Outcome.REJECTED),
        (283, 220, Outcome.REJECTED),
        (4813, 3851, Outcome.ADOPTED),
        (4813, 3850, Outcome.REJECTED),
        (1, 1, Outcome.ADOPTED),
        (0, 0, Outcome.REJECTED),
    ],
)
def test_four_fifths_of_the_households(roll: int, agree: int, expected: Outcome) -> None:
    assert decided(RC80, Tally(agree=Weight(agree), silent=Weight(roll - agree))) is expected


def test_every_test_of_every_attached_rule_must_pass() -> None:
    tallies = {
        Electorate.HOUSEHOLD: Tally(agree=Weight(8), silent=Weight(2)),
        Electorate.OWNER: owners(12, 5, 3),
    }
    assert outcome(evaluate((RC80,), tallies)) is Outcome.ADOPTED
    assert outcome(evaluate((RC80, CC278_ORD), tallies)) is Outcome.ADOPTED
    assert outcome(evaluate((RC80, CC278_MAJ), tallies)) is Outcome.REJECTED
    tallies[Electorate.OWNER] = owners(12, 5, 0)
    assert outcome(evaluate((RC80, CC278_ORD), tallies)) is Outcome.NO_VALID_DECISION


def test_a_rule_without_the_tally_of_its_electorate_is_never_passed_over() -> None:
    with pytest.raises(KeyError):
        evaluate((CC278_ORD,), {Electorate.HOUSEHOLD: Tally()})


def test_no_tests_no_outcome() -> None:
    with pytest.raises(ValueError, match="no outcome"):
        outcome(())


@pytest.mark.parametrize(("op", "num", "den"), [("=", 4, 5), (">=", 0, 5), (">=", 6, 5), (">", 1, 0)])
def test_what_is_not_a_test_is_refused(op: str, num: int, den: int) -> None:
    with pytest.raises(ValueError, match="not a test"):
        Test(TestKind.APPROVAL, Measure.AGREE, WeightBy.ONE, Base.ALL, op, num, den)


@pytest.mark.parametrize(("num", "den"), [(4, 5), (5, 6), (9, 10), (1, 1)])
def test_the_household_threshold_may_be_higher(num: int, den: int) -> None:
    check_attached((household_rule(num, den),))


@pytest.mark.parametrize(("num", "den"), [(79, 100), (3, 4), (101, 100), (4, 0), (-4, -5)])
def test_the_household_threshold_is_never_lower(num: int, den: int) -> None:
    with pytest.raises(BadInput):
        household_rule(num, den)


APPROVAL = RC80.tests[0]
NOT_THE_THRESHOLD = [
    (),
    (CC278_ORD, CC278_MAJ),
    *(
        (Rule("ODD", Electorate.HOUSEHOLD, (replace(APPROVAL, **change),), "x"),)  # type: ignore[arg-type]
        for change in (
            {"num": 3},
            {"op": ">"},
            {"kind": TestKind.GATE},
            {"measure": Measure.PARTICIPATE},
            {"weight": WeightBy.AREA},
            {"base": Base.PARTICIPATING},
        )
    ),
    (replace(RC80, unit=Electorate.OWNER),),
]


@pytest.mark.parametrize("attached", NOT_THE_THRESHOLD)
def test_rules_without_the_household_threshold_cannot_be_used(attached: tuple[Rule, ...]) -> None:
    with pytest.raises(BadInput):
        check_attached(attached)


def test_the_threshold_may_stand_beside_other_rules() -> None:
    check_attached((CC278_MAJ, RC80))


TESTS = st.builds(
    lambda kind, measure, weight, base, op, shares: Test(kind, measure, weight, base, op, *sorted(shares)),
    st.sampled_from(TestKind),
    st.sampled_from(Measure),
    st.sampled_from(WeightBy),
    st.sampled_from(Base),
    st.sampled_from([">=", ">"]),
    st.tuples(st.integers(1, 1000), st.integers(1, 1000)),
)
RULES = st.builds(
    lambda name, unit, tests, basis: Rule(name, unit, tuple(tests), basis),
    st.text(max_size=20),
    st.sampled_from(Electorate),
    st.lists(TESTS, max_size=5),
    st.text(max_size=50),
)


@given(st.lists(RULES, max_size=4))
def test_rules_survive_as_data(attached: list[Rule]) -> None:
    assert from_data(to_data(attached)) == tuple(attached)


@pytest.mark.parametrize("preset", rules.PRESETS.values(), ids=lambda rule: rule.id)
def test_presets_survive_as_data_and_carry_their_basis(preset: Rule) -> None:
    assert from_data(to_data([preset])) == (preset,)
    assert preset.basis


PLACES = st.builds(Weight, st.integers(0, 500), st.integers(0, 10**7))


@given(st.builds(Tally, agree=PLACES, disagree=PLACES, abstain=PLACES, silent=PLACES), TESTS)
def test_have_reaches_need_exactly_when_the_test_passes(tally: Tally, test: Test) -> None:
    (result,) = evaluate((Rule("R", Electorate.OWNER, (test,), ""),), {Electorate.OWNER: tally})
    assert result.passed is (result.base > 0 and result.have >= result.need)


def test_the_presets_are_those_of_the_design() -> None:
    assert list(rules.PRESETS) == ["RC80", "CC278_ORD", "CC278_MAJ"]
