"""Settings of a community: periods in days, numbers, and what it offers of languages and rules (DESIGN §3).

Zero is allowed where a person may set it, and is printed in the notice. The numbers are locked into a round
when it opens.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from .errors import N_, BadInput
from .rules import PRESETS, RC80

RANGES: Mapping[str, tuple[int, int]] = {
    "screening_days": (1, 60),
    "seconds_needed": (0, 100),
    "plan_notice_days": (0, 60),
    "consent_days_small": (5, 60),
    "consent_days_large": (5, 60),
    "register_days": (0, 7),
    "settle_days": (0, 14),
    "objection_days": (0, 60),
    "objection_answer_days": (1, 30),
    "left_out_days": (3, 30),
    "evaluation_days": (1, 60),
    "canvassers": (1, 2),
    "visits": (1, 10),
    "keep_years": (1, 30),
    "keep_years_public_money": (1, 30),
    "household_percent": (80, 100),
    "spot_check_risk": (1, 10),
    "recheck_days": (1, 30),
}
"""The least and the greatest value of each setting that is a number."""

CHINESE = "zh-Hans"
OFFERS: Mapping[str, tuple[str, ...]] = {"languages": (CHINESE, "ug", "en"), "presets": tuple(PRESETS)}
"""What a community may offer, in the order of the page."""

ALWAYS: Mapping[str, str] = {"languages": CHINESE, "presets": RC80.id}
"""What every community offers: the legal text is Chinese, and no plan is without the households' threshold."""

LARGE = 300
"""From so many households on, consent is open for the longer period."""


_WHY_ALWAYS = {
    "languages": N_("中文不能关掉：公示、方案和意见表的法律文本是中文。"),
    "presets": N_("全体住户80%%以上同意这条规则不能关掉：每个方案都要用它。"),
}
_TICK_AGAIN = N_("请勾选标着“必选”的一项后再保存；其他填写的内容还在。")


def _place(name: str) -> Callable[[object], int]:
    """Where a value stands among what may be offered; the unknown come last."""
    known = OFFERS[name]
    return lambda value: known.index(value) if isinstance(value, str) and value in known else len(known)


def _in_order(name: str, value: Any) -> Any:
    """A list of what is offered as a tuple in the order of the page; anything else as it is."""
    return tuple(sorted(value, key=_place(name))) if name in OFFERS and isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Settings:
    """Periods in (Beijing) days unless said otherwise; defaults from the field's practice."""

    screening_days: int = 5
    """Working days in which screening is answered."""
    seconds_needed: int = 3
    plan_notice_days: int = 7
    consent_days_small: int = 15
    consent_days_large: int = 30
    register_days: int = 1
    """Working days after the deadline in which paper signed in time is registered."""
    settle_days: int = 2
    objection_days: int = 7
    objection_answer_days: int = 3
    left_out_days: int = 3
    evaluation_days: int = 7
    canvassers: int = 2
    visits: int = 3
    keep_years: int = 1
    keep_years_public_money: int = 3
    household_percent: int = 80
    """The household threshold in percent: never below 80 (DESIGN §4, rule 3)."""
    spot_check_risk: int = 5
    """The chance in percent that a wrong outcome passes the spot check, at most."""
    recheck_days: int = 3
    """In which households look at their own record when everything is rechecked."""
    languages: tuple[str, ...] = OFFERS["languages"]
    """Of the community's pages, by tag."""
    presets: tuple[str, ...] = OFFERS["presets"]
    """The decision rules that a plan may attach, by id."""

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_offers()

    def _check_numbers(self) -> None:
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise BadInput(
                    what=N_("设置没有保存。"),
                    why=N_("有一项的数字不在允许的范围内：从%(least)s到%(most)s。"),
                    next_step=N_("请改正这一项后再保存；其他填写的内容还在。"),
                    least=least,
                    most=most,
                    field=name,
                )

    def _check_offers(self) -> None:
        for name, known in OFFERS.items():
            chosen = getattr(self, name)
            if type(chosen) is not tuple or sorted(chosen, key=_place(name)) != [
                k for k in known if k in chosen
            ]:
                raise BadInput(
                    what=N_("设置没有保存。"),
                    why=N_("有一个选项认不出来，或者勾选了两次。"),
                    next_step=N_("请重新勾选这一项后再保存；其他填写的内容还在。"),
                    field=name,
                )
            if ALWAYS[name] not in chosen:
                raise BadInput(
                    what=N_("设置没有保存。"), why=_WHY_ALWAYS[name], next_step=_TICK_AGAIN, field=name
                )

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Settings":
        """From stored values; names of earlier versions are passed over."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: _in_order(name, value) for name, value in data.items() if name in known})

    def to_data(self) -> dict[str, Any]:
        """As stored."""
        return asdict(self) | {name: list(getattr(self, name)) for name in OFFERS}

    def numbers(self) -> dict[str, int]:
        """As locked into a round: what is offered concerns only pages and plans to come."""
        return {name: getattr(self, name) for name in RANGES}

    def consent_days(self, households: int) -> int:
        """How long consent is open by default."""
        return self.consent_days_small if households < LARGE else self.consent_days_large
