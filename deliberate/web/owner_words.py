"""What a notice says of the owners, where a rule asks them beside the households: heads, and area in square metres.

The order is the one in which communities publish it: all, who took part, who agrees. Shares are rounded down.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from deliberate.domain.tally import percent_down

Figures = Mapping[str, Any]


def asked(owners: Sequence[int] | None) -> Iterator[tuple[str, str]]:
    """How many owners with how much area a round asks."""
    if owners:
        yield _("业主总人数和总面积"), _heads_and_area(*owners)


def counted(figures: Figures) -> Iterator[tuple[str, str]]:
    """What a count found among the owners, where they were weighed by area."""
    places = figures["electorates"].get("owner")
    if places is None or "area" not in places["roll"]:
        return
    took_part = places["participating"]
    yield from asked([places["roll"]["one"], places["roll"]["area"]])
    yield _("参加表决的业主"), _with_shares(took_part, places["roll"])
    yield _("同意的业主（占参加表决的）"), _with_shares(places["agree"], took_part)


def _heads_and_area(heads: int, area: int) -> str:
    return str(_("%(n)s 人，%(area)s 平方米", n=format_decimal(heads), area=_metres(area)))


def _with_shares(part: Mapping[str, int], whole: Mapping[str, int]) -> str:
    shares = [f"{percent_down(part[unit], whole[unit])}%" if whole[unit] else "—" for unit in ("one", "area")]
    return str(
        _(
            "%(n)s 人（%(heads)s），%(area)s 平方米（%(share)s）",
            n=format_decimal(part["one"]),
            heads=shares[0],
            area=_metres(part["area"]),
            share=shares[1],
        )
    )


def _metres(hundredths: int) -> str:
    whole, rest = divmod(hundredths, 100)
    return f"{format_decimal(whole)}.{rest:02d}" if rest else str(format_decimal(whole))
