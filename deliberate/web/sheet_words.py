"""The figures of a count sheet as people read them: the tally, every test, every place of the roll."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from markupsafe import Markup

from deliberate.domain import rules as decision
from deliberate.domain.errors import N_
from deliberate.domain.rules import Electorate, Test
from deliberate.domain.tally import percent_down

from .filters import square_metres, tr, when
from .rule_words import share_of, test_sentence

Figures = Mapping[str, Any]

PLACES = {
    "roll": N_("名册总数"),
    "agree": N_("同意"),
    "disagree": N_("不同意"),
    "abstain": N_("弃权（不计入同意）"),
    "no_response": N_("尚未反馈和不计入的"),
    "silent": N_("其中：尚未反馈"),
    "contradiction": N_("其中：意见不一致，没有核实清楚"),
    "withdrawn": N_("其中：已撤回"),
    "late": N_("其中：超过时间"),
    "invalid": N_("其中：已作废"),
}
"""Every place of the roll, in the order of the sheet."""


def _test_of(row: Figures) -> tuple[Electorate, Test]:
    data = {"id": row["rule"], "unit": row["unit"], "basis": row["basis"], "tests": [row]}
    (rule,) = decision.from_data([data])
    return rule.unit, rule.tests[0]


def sheet_tests(figures: Figures) -> list[dict[str, object]]:
    """Rows of the table of tests: need and have in heads, or in square metres."""
    return [_row(row) for row in figures["tests"]]


def _row(row: Figures) -> dict[str, object]:
    unit, test = _test_of(row)
    by_area = row["weight"] == "area"
    return {
        "test": test_sentence(unit, test),
        "need": square_metres(row["need"]) if by_area else row["need"],
        "have": square_metres(row["have"]) if by_area else row["have"],
        "passed": row["passed"],
        "basis": tr(row["basis"]),
    }


def sheet_tally(figures: Figures) -> dict[str, object]:
    """What the tally of the households is drawn from, once it is closed."""
    places = figures["electorates"]["household"]
    roll, agree = places["roll"]["one"], places["agree"]["one"]
    threshold = next(row for row in figures["tests"] if row["unit"] == "household")
    return {
        "roll": roll,
        "need": threshold["need"],
        "answered": roll - places["silent"]["one"],
        "agree": agree,
        "mark": share_of(_test_of(threshold)[1]),
        "closed": {
            "disagree": places["disagree"]["one"],
            "abstain": places["abstain"]["one"],
            "no_response": places["no_response"]["one"],
            "percent": percent_down(agree, roll) + "%",
        },
    }


def sheet_places(figures: Figures) -> list[dict[str, object]]:
    """Each place of the roll with its heads, those of owners where they are asked as well.

    Areas stand in the table of tests, which weighs by them: that of a small place would name a home.
    """
    electorates = figures["electorates"]
    return [
        {
            "name": _(name),
            "part": place in ("silent", "contradiction", "withdrawn", "late", "invalid"),
            "household": electorates["household"][place]["one"],
            "owner": electorates["owner"][place]["one"] if "owner" in electorates else None,
        }
        for place, name in PLACES.items()
    ]


def share_down(part: int, whole: int) -> str:
    """A share, rounded down, with its sign."""
    return percent_down(part, whole) + "%"


def iso_moment(value: str | None) -> Markup:
    """A moment that a notice keeps as text."""
    return when(datetime.fromisoformat(value)) if value else Markup("")


def install(app: Flask) -> None:
    """Give them to the templates."""
    app.jinja_env.filters.update(
        sheet_tests=sheet_tests,
        sheet_tally=sheet_tally,
        sheet_places=sheet_places,
        share_down=share_down,
        iso_moment=iso_moment,
    )
