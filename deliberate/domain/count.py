"""The figures of a count sheet (意见统计表): plain data that anyone can work out again, and their hash.

Every entry of the roll stands in exactly one place: agree + disagree + abstain + no response, of which
contradictory, withdrawn, late, invalid and silent are the parts. Numbers by building are given only for groups in
which ten households or more answered, and not all alike: the rooms that answered are posted, and nobody shall read
beside their list how (DESIGN §4, rule 11). An area names a home, so areas stand on a sheet only where a test weighs
by them, and there only the three that it asks for.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .consent import Channel
from .rules import Electorate, Rule, TestResult, WeightBy, evaluate, outcome
from .tally import Tally, Weight

SMALLEST_GROUP = 10
"""Households with an answer below which a group is not told apart from others."""
RECOUNTED = ("roll", "electorates", "channels", "tests", "outcome")
"""What the consents alone give; the rest of the sheet (forms, visits) was counted on the table."""


@dataclass(frozen=True, slots=True)
class Forms:
    """Numbered forms of the whole round: issued = registered + blank + spoilt when they balance."""

    issued: int = 0
    registered: int = 0
    blank: int = 0
    spoilt: int = 0

    @property
    def missing(self) -> int:
        """Forms that nobody has accounted for."""
        return self.issued - self.registered - self.blank - self.spoilt


class NotWhole(ValueError):
    """The places of the roll do not sum up to the roll: a fault of ours, never of a person."""


WITH_AREA = ("roll", "agree", "participating")
"""What a test by area asks for; where nobody is weighed by area, no area is told at all."""


def _places(tally: Tally, *, by_area: bool) -> dict[str, dict[str, int]]:
    names = (
        "roll",
        "participating",
        "agree",
        "disagree",
        "abstain",
        "no_response",
        "contradiction",
        "withdrawn",
        "late",
        "invalid",
        "silent",
    )
    weights: dict[str, Weight] = {name: getattr(tally, name) for name in names}
    return {
        name: asdict(weight) if by_area and name in WITH_AREA else {"one": weight.one}
        for name, weight in weights.items()
    }


def check_whole(tally: Tally, entries: int) -> None:
    """agree + disagree + abstain + no response, with all its parts, equals the frozen roll; else NotWhole."""
    parts = tally.silent + tally.contradiction + tally.withdrawn + tally.late + tally.invalid
    whole = tally.agree + tally.disagree + tally.abstain + parts
    if whole.one != entries or whole != tally.roll or parts != tally.no_response:
        raise NotWhole(f"{whole.one} places for {entries} entries")


def _test(result: TestResult) -> dict[str, Any]:
    test = result.test
    return {
        "rule": result.rule.id,
        "unit": result.rule.unit.value,
        "kind": test.kind.value,
        "measure": test.measure.value,
        "weight": test.weight.value,
        "base": test.base.value,
        "op": test.op,
        "num": test.num,
        "den": test.den,
        "of": result.base,
        "need": result.need,
        "have": result.have,
        "passed": result.passed,
        "basis": result.rule.basis,
    }


def tests_data(results: Iterable[TestResult]) -> list[dict[str, Any]]:
    """The table of tests: what each asks, of what, need and have, and the basis."""
    return [_test(result) for result in results]


def figures(
    tallies: Mapping[Electorate, Tally],
    rules: Sequence[Rule],
    entries: Mapping[Electorate, int],
    channels: Mapping[Channel, int],
    forms: Forms,
    *,
    asked: int = 0,
) -> dict[str, Any]:
    """The sheet. `entries`: the frozen roll of each electorate; `asked`: households reached by any means."""
    for electorate, tally in tallies.items():
        check_whole(tally, entries[electorate])
    results = evaluate(rules, tallies)
    by_area = {rule.unit for rule in rules for test in rule.tests if test.weight is WeightBy.AREA}
    return {
        "roll": entries[Electorate.HOUSEHOLD],
        "electorates": {
            unit.value: _places(tally, by_area=unit in by_area) for unit, tally in sorted(tallies.items())
        },
        "channels": {channel.value: channels.get(channel, 0) for channel in Channel},
        "forms": asdict(forms),
        "asked": asked,
        "tests": tests_data(results),
        "outcome": outcome(results).value,
    }


def canonical(data: object) -> bytes:
    """The one way to write data down: sorted keys, no spaces, UTF-8."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON."""
    return hashlib.sha256(canonical(data)).hexdigest()


def same_count(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two sheets say the same of the consents."""
    return all(one.get(name) == other.get(name) for name in RECOUNTED)


@dataclass(frozen=True, slots=True)
class Group:
    """One building, or several small ones together (`place` is None), with its households."""

    place: int | None
    tally: Tally

    @property
    def size(self) -> int:
        return self.tally.roll.one


def groups_to_show(by_place: Mapping[int, Tally]) -> tuple[Group, ...]:
    """Groups that betray no home; places that would go together.

    When what goes together would itself betray one, the smallest other place joins it: else it could be worked
    out by subtraction. Nothing at all is shown of a roll that betrays one as a whole.
    """
    rest = [place for place, tally in by_place.items() if _betrays(tally)]
    alone = sorted(by_place.keys() - set(rest), key=lambda place: (by_place[place].roll.one, place))
    while rest and alone and _betrays(_sum(by_place[place] for place in rest)):
        rest.append(alone.pop(0))
    shown = [Group(place, by_place[place]) for place in sorted(alone)]
    pooled = Group(None, _sum(by_place[place] for place in rest))
    return tuple(shown) if _betrays(pooled.tally) else (*shown, pooled)


def _betrays(tally: Tally) -> bool:
    """Whether a home that is known to have answered is known by how: too few did, or all of them alike."""
    answers = (tally.agree.one, tally.disagree.one, tally.abstain.one)
    return sum(answers) < SMALLEST_GROUP or max(answers) == sum(answers)


def _sum(tallies: Iterable[Tally]) -> Tally:
    names = ("agree", "disagree", "abstain", "contradiction", "withdrawn", "invalid", "late", "silent")
    totals = dict.fromkeys(names, Weight())
    for tally in tallies:
        for name in names:
            totals[name] += getattr(tally, name)
    return Tally(**totals)
