"""Decision rules are data (DESIGN §4, rule 4): all tests of all attached rules must pass.

A rule asks one electorate (households, or owners) a list of tests. A failed gate means that no valid decision
was reached; a failed approval means that the matter is rejected. Everything is computed on integers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from .errors import N_, BadInput
from .tally import Tally, need


class Electorate(StrEnum):
    """Who answers: each household, or each owner (a person, or co-owners together)."""

    HOUSEHOLD = "household"
    OWNER = "owner"


class TestKind(StrEnum):
    """A gate decides whether there is a decision at all, an approval which one."""

    __test__ = False  # not a test case of the test runner

    GATE = "gate"
    APPROVAL = "approval"


class Measure(StrEnum):
    """What is measured."""

    AGREE = "agree"
    PARTICIPATE = "participate"


class WeightBy(StrEnum):
    """Heads, or area."""

    ONE = "one"
    AREA = "area"


class Base(StrEnum):
    """Of what: the whole roll, or those who took part."""

    ALL = "all"
    PARTICIPATING = "participating"


class Outcome(StrEnum):
    """The outcome of a round; computed, never typed."""

    ADOPTED = "adopted"
    REJECTED = "rejected"
    NO_VALID_DECISION = "no_valid_decision"


@dataclass(frozen=True, slots=True)
class Test:
    """`measure` by `weight` must be `op` num/den of `base`."""

    __test__ = False  # not a test case of the test runner

    kind: TestKind
    measure: Measure
    weight: WeightBy
    base: Base
    op: str
    num: int
    den: int

    def __post_init__(self) -> None:
        if self.op not in (">=", ">") or not 0 < self.num <= self.den:
            raise ValueError(f"not a test: {self.op} {self.num}/{self.den}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule with its basis (依据), which every notice prints."""

    id: str
    unit: Electorate
    tests: tuple[Test, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class TestResult:
    """One row of the table people see: need and have, in entries or in 0.01 m²."""

    __test__ = False

    rule: Rule
    test: Test
    base: int
    need: int
    have: int
    passed: bool


def _all_of(kind: TestKind, measure: Measure, weight: WeightBy, op: str, num: int, den: int) -> Test:
    return Test(kind, measure, weight, Base.ALL, op, num, den)


def _of_participating(weight: WeightBy, op: str, num: int, den: int) -> Test:
    return Test(TestKind.APPROVAL, Measure.AGREE, weight, Base.PARTICIPATING, op, num, den)


_QUORUM = tuple(_all_of(TestKind.GATE, Measure.PARTICIPATE, w, ">=", 2, 3) for w in WeightBy)

RC80 = Rule(
    "RC80",
    Electorate.HOUSEHOLD,
    (_all_of(TestKind.APPROVAL, Measure.AGREE, WeightBy.ONE, ">=", 4, 5),),
    N_("居民议事会约定：挨家挨户征求意见，全体住户的80%同意，方可执行。"),
)
CC278_ORD = Rule(
    "CC278_ORD",
    Electorate.OWNER,
    (*_QUORUM, *(_of_participating(w, ">", 1, 2) for w in WeightBy)),
    N_(
        "《民法典》第二百七十八条第一款第一至五项、第九项：专有面积和人数都占三分之二以上的业主参与，参与者双过半数同意。"
    ),
)
CC278_MAJ = Rule(
    "CC278_MAJ",
    Electorate.OWNER,
    (*_QUORUM, *(_of_participating(w, ">=", 3, 4) for w in WeightBy)),
    N_(
        "《民法典》第二百七十八条第一款第六至八项：专有面积和人数都占三分之二以上的业主参与，参与者双四分之三以上同意。"
    ),
)
PRESETS: Mapping[str, Rule] = {rule.id: rule for rule in (RC80, CC278_ORD, CC278_MAJ)}

LOWEST = Fraction(4, 5)
"""The household threshold is never below this (DESIGN §4, rule 3)."""


def household_rule(num: int, den: int) -> Rule:
    """RC80 with its threshold raised to num/den; refused below 4/5 or above the whole."""
    if den <= 0 or not LOWEST <= Fraction(num, den) <= 1:
        raise BadInput(
            what=N_("没有保存同意比例。"),
            why=N_("住户同意的比例可以高于80%%，不能低于80%%，也不能超过100%%。"),
            next_step=N_("请填写80到100之间的数。"),
        )
    test = _all_of(TestKind.APPROVAL, Measure.AGREE, WeightBy.ONE, ">=", num, den)
    return Rule(RC80.id, Electorate.HOUSEHOLD, (test,), RC80.basis)


def threshold(rules: Iterable[Rule]) -> Fraction | None:
    """The share of all households that must agree: the highest that the rules ask; None when none does."""
    thresholds = [
        Fraction(t.num, t.den)
        for rule in rules
        if rule.unit is Electorate.HOUSEHOLD
        for t in rule.tests
        if (t.kind, t.measure, t.weight, t.base) == (TestKind.APPROVAL, Measure.AGREE, WeightBy.ONE, Base.ALL)
        and t.op == ">="
    ]
    return max(thresholds, default=None)


def check_attached(rules: Sequence[Rule]) -> None:
    """Refuse a set of rules without the households' threshold, or with one below 4/5."""
    share = threshold(rules)
    if share is None or share < LOWEST:
        raise BadInput(
            what=N_("不能用这些规则征求意见。"),
            why=N_("每次征求意见都要有“全体住户80%%以上同意”这一条。"),
            next_step=N_("请加上住户80%%同意的规则，再加其他规则。"),
        )


def _judge(rule: Rule, test: Test, tally: Tally) -> TestResult:
    base_weight = tally.roll if test.base is Base.ALL else tally.participating
    have_weight = tally.agree if test.measure is Measure.AGREE else tally.participating
    base = base_weight.one if test.weight is WeightBy.ONE else base_weight.area
    have = have_weight.one if test.weight is WeightBy.ONE else have_weight.area
    strict = test.op == ">"
    passed = base > 0 and (
        have * test.den > base * test.num if strict else have * test.den >= base * test.num
    )
    return TestResult(rule, test, base, need(base, test.num, test.den, strict=strict), have, passed)


def evaluate(rules: Iterable[Rule], tallies: Mapping[Electorate, Tally]) -> tuple[TestResult, ...]:
    """Every test of every rule against the tally of its electorate; KeyError when one is missing."""
    return tuple(_judge(rule, test, tallies[rule.unit]) for rule in rules for test in rule.tests)


def outcome(results: Sequence[TestResult]) -> Outcome:
    """A failed gate: no valid decision; else a failed approval: rejected; else adopted."""
    if not results:
        raise ValueError("a round without tests has no outcome")
    if any(not r.passed for r in results if r.test.kind is TestKind.GATE):
        return Outcome.NO_VALID_DECISION
    if any(not r.passed for r in results):
        return Outcome.REJECTED
    return Outcome.ADOPTED


def to_data(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """The rules as plain data, as locked into a round and printed in its notices."""
    return [
        {
            "id": rule.id,
            "unit": rule.unit.value,
            "basis": rule.basis,
            "tests": [
                {
                    "kind": t.kind.value,
                    "measure": t.measure.value,
                    "weight": t.weight.value,
                    "base": t.base.value,
                    "op": t.op,
                    "num": t.num,
                    "den": t.den,
                }
                for t in rule.tests
            ],
        }
        for rule in rules
    ]


def from_data(data: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules from plain data; ValueError or KeyError when it is not a rule."""
    return tuple(
        Rule(
            row["id"],
            Electorate(row["unit"]),
            tuple(
                Test(
                    TestKind(t["kind"]),
                    Measure(t["measure"]),
                    WeightBy(t["weight"]),
                    Base(t["base"]),
                    t["op"],
                    t["num"],
                    t["den"],
                )
                for t in row["tests"]
            ),
            row["basis"],
        )
        for row in data
    )
