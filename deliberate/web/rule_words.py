"""What a rule asks, in one sentence."""

from flask import Flask
from flask_babel import gettext as _

from deliberate.domain.errors import N_
from deliberate.domain.rules import Base, Electorate, Measure, Rule, Test, WeightBy
from deliberate.domain.tally import percent_down
from deliberate.domain.words import word

_HEADS, _AREA = WeightBy.ONE, WeightBy.AREA
_ALL, _PART = Base.ALL, Base.PARTICIPATING
_AGREE, _TAKE_PART = Measure.AGREE, Measure.PARTICIPATE

SENTENCES = {
    (Electorate.HOUSEHOLD, _AGREE, _HEADS, _ALL, ">="): N_("同意的住户不少于全部住户的%(share)s"),
    (Electorate.HOUSEHOLD, _TAKE_PART, _HEADS, _ALL, ">="): N_("提交意见的住户不少于全部住户的%(share)s"),
    (Electorate.OWNER, _TAKE_PART, _HEADS, _ALL, ">="): N_("参加的业主不少于全部业主的%(share)s"),
    (Electorate.OWNER, _TAKE_PART, _AREA, _ALL, ">="): N_("参加的业主，面积不少于全部面积的%(share)s"),
    (Electorate.OWNER, _AGREE, _HEADS, _ALL, ">="): N_("同意的业主不少于全部业主的%(share)s"),
    (Electorate.OWNER, _AGREE, _AREA, _ALL, ">="): N_("同意的业主，面积不少于全部面积的%(share)s"),
    (Electorate.OWNER, _AGREE, _HEADS, _PART, ">="): N_("同意的业主不少于参加业主的%(share)s"),
    (Electorate.OWNER, _AGREE, _AREA, _PART, ">="): N_("同意的业主，面积不少于参加业主面积的%(share)s"),
    (Electorate.OWNER, _AGREE, _HEADS, _PART, ">"): N_("同意的业主超过参加业主的%(share)s"),
    (Electorate.OWNER, _AGREE, _AREA, _PART, ">"): N_("同意的业主，面积超过参加业主面积的%(share)s"),
}
OTHER = N_("%(measure)s的%(weight)s达到%(share)s")


def share_of(test: Test) -> str:
    """A share as people say it: a percentage where it is a whole one, else a fraction."""
    if test.num * 100 % test.den == 0 and test.num * 100 // test.den not in (50, 75):
        return percent_down(test.num, test.den) + "%"
    return f"{test.num}/{test.den}"


def test_sentence(unit: Electorate, test: Test) -> str:
    """One test as a sentence."""
    key = (unit, test.measure, test.weight, test.base, test.op)
    measure, weight = _(word(test.measure)), _(word(test.weight))
    return str(_(SENTENCES.get(key, OTHER), share=share_of(test), measure=measure, weight=weight))


def rule_sentences(rule: Rule) -> list[str]:
    """Every test of a rule as a sentence."""
    return [test_sentence(rule.unit, test) for test in rule.tests]


def install(app: Flask) -> None:
    """Give the sentences to the templates."""
    app.jinja_env.filters["rule_sentences"] = rule_sentences
