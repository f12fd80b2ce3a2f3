"""What a notice says of the homes that are not on the households' roll of a round."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from deliberate.domain import rules as decision
from deliberate.domain.rules import Electorate


def households(number: int) -> str:
    """So many households."""
    return str(ngettext("%(count)s 户", "%(count)s 户", number, count=format_decimal(number)))


def left_out(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """How many vacant homes, and that their owners are asked all the same."""
    if not data.get("left_out"):
        return
    yield _("没有列入名册的空置户"), households(data["left_out"])
    if any(rule.unit is Electorate.OWNER for rule in decision.from_data(data.get("rules", ()))):
        yield _("业主表决"), _("仍按全部住房计算，空置的也算")


def lost(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Homes that left the roll since the last invitation, with the reasons of those that are no more."""
    if not data.get("lost"):
        return
    homes = [
        _("%(home)s（%(reason)s）", home=home, reason=reason)
        if reason
        else _("%(home)s（改到范围以外）", home=home)
        for home, reason in data.get("lost_homes", ())
    ]
    yield _("上次公告以后移出名册"), households(data["lost"])
    yield _("移出的住房"), _("；").join(homes)
    if len(homes) < data["lost"]:
        yield _("没有逐户写出的"), households(data["lost"] - len(homes))
