"""The gate opens for nothing less than all of it, and says what is missing."""

from dataclasses import replace

import pytest

from deliberate.domain.errors import Refusal
from deliberate.domain.gate import GateShut, Standing, gate
from deliberate.domain.rules import CC278_MAJ, LOWEST, RC80, Base, Electorate, Rule
from deliberate.domain.tally import Tally, Weight


def households(roll: int, agree: int) -> dict[Electorate, Tally]:
    return {Electorate.HOUSEHOLD: Tally(agree=Weight(agree), silent=Weight(roll - agree))}


READY = Standing(
    closed=True, signed=True, recounted=True, checked=True, rules=(RC80,), tallies=households(10, 8)
)


def test_eight_of_ten_may_pass() -> None:
    gate(READY)


def test_seven_of_ten_may_not_and_the_refusal_counts() -> None:
    with pytest.raises(GateShut) as shut:
        gate(replace(READY, tallies=households(10, 7)))
    assert (shut.value.params["need"], shut.value.params["have"]) == (8, 7)


@pytest.mark.parametrize("roll", range(201))
def test_exactly_from_four_fifths_on_for_every_roll_up_to_200(roll: int) -> None:
    for agree in range(roll + 1):
        try:
            gate(replace(READY, tallies=households(roll, agree)))
            opened = True
        except GateShut:
            opened = False
        assert opened is (roll > 0 and agree * LOWEST.denominator >= roll * LOWEST.numerator)


@pytest.mark.parametrize("missing", ["closed", "signed", "recounted", "checked"])
def test_each_proof_is_needed(missing: str) -> None:
    with pytest.raises(GateShut) as shut:
        gate(replace(READY, **{missing: False}))
    whys = set()
    for other in ("closed", "signed", "recounted", "checked"):
        with pytest.raises(GateShut) as refused:
            gate(replace(READY, **{other: False}))
        whys.add(refused.value.why)
    assert shut.value.why in whys
    assert len(whys) == 4


def test_a_rule_lower_than_four_fifths_does_not_lower_the_gate() -> None:
    low = Rule("LOW", Electorate.HOUSEHOLD, (replace(RC80.tests[0], num=1, den=2),), "x")
    with pytest.raises(GateShut):
        gate(replace(READY, rules=(low,), tallies=households(10, 7)))
    of_those_who_came = Rule("LOW", RC80.unit, (replace(RC80.tests[0], base=Base.PARTICIPATING),), "x")
    with pytest.raises(GateShut):
        gate(replace(READY, rules=(of_those_who_came,), tallies=households(10, 7)))


def test_a_round_without_rules_or_without_households_stays_shut() -> None:
    with pytest.raises(GateShut):
        gate(replace(READY, rules=()))
    with pytest.raises(GateShut):
        gate(replace(READY, tallies={}))


def test_the_owners_rule_beside_it_must_pass_too() -> None:
    owners = Tally(agree=Weight(5, 5), disagree=Weight(3, 3), silent=Weight(4, 4))
    with pytest.raises(GateShut) as shut:
        gate(replace(READY, rules=(RC80, CC278_MAJ), tallies={**READY.tallies, Electorate.OWNER: owners}))
    assert (shut.value.params["need"], shut.value.params["have"]) == (6, 5)
    assert isinstance(shut.value, Refusal)


def test_a_higher_threshold_holds() -> None:
    high = Rule("RC80", Electorate.HOUSEHOLD, (replace(RC80.tests[0], num=9, den=10),), "x")
    with pytest.raises(GateShut):
        gate(replace(READY, rules=(high,)))
    gate(replace(READY, rules=(high,), tallies=households(10, 9)))
