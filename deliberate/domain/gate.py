"""The gate: nothing is carried out below the threshold (DESIGN §4, rule 5).

It opens only for a closed round whose latest sheet is signed, equal to a fresh recount and confirmed by a spot
check, when every test of every rule passes and at least four fifths of the households consent, whatever the
rules say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .errors import N_, Refusal
from .rules import LOWEST, Electorate, Rule, evaluate
from .tally import Tally, need


class GateShut(Refusal):
    """What is missing before anything may be carried out."""

    default_what = N_("不能开始实施。")
    default_next = N_("请先办好这一项；没有通过的议题可以回到议事，修改方案后再征求一次意见。")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a round has to show at the gate; `tallies` are recounted from the consents now."""

    closed: bool
    signed: bool
    """The latest sheet bears the scrutineer's signature."""
    recounted: bool
    """That sheet says what a recount says now."""
    checked: bool
    """A spot check confirmed that sheet, or a full recheck stands behind it."""
    rules: Sequence[Rule]
    tallies: Mapping[Electorate, Tally]


def gate(round_: Standing) -> None:
    """Let the round through, or refuse with GateShut naming what is missing first."""
    if not round_.closed:
        raise GateShut(why=N_("征求意见还没有结束统计。"))
    if not round_.signed:
        raise GateShut(why=N_("最新的意见统计表还没有由监票人签名。"))
    if not round_.recounted:
        raise GateShut(why=N_("按原始意见重新统计，和签名的统计表不一致。"))
    if not round_.checked:
        raise GateShut(why=N_("抽查回访还没有确认现在的统计表。"))
    _households(round_.tallies)
    _every_test(round_)


def _households(tallies: Mapping[Electorate, Tally]) -> None:
    """Four fifths of the frozen roll, by whole numbers; an empty roll passes nothing."""
    tally = tallies.get(Electorate.HOUSEHOLD, Tally())
    roll, agree = tally.roll.one, tally.agree.one
    if roll == 0 or agree * LOWEST.denominator < roll * LOWEST.numerator:
        raise GateShut(
            why=N_("同意的住户不够：全部%(roll)s户，需要%(need)s户同意，实际%(have)s户。"),
            roll=roll,
            need=need(roll, LOWEST.numerator, LOWEST.denominator),
            have=agree,
        )


def _every_test(round_: Standing) -> None:
    results = evaluate(round_.rules, round_.tallies)
    if not results:
        raise GateShut(why=N_("这一轮没有决定规则。"))
    for result in results:
        if not result.passed:
            raise GateShut(
                why=N_("有一项规则没有达到：需要%(need)s，实际%(have)s。依据见结果表。"),
                need=result.need,
                have=result.have,
            )
