"""Settings of a community: periods in days, and numbers; locked into a round when it opens (DESIGN §3).

Zero is allowed where a person may set it, and is printed in the notice.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from .errors import N_, BadInput

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
}
"""The least and the greatest value of each setting."""

LARGE = 300
"""From so many households on, consent is open for the longer period."""


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

    def __post_init__(self) -> None:
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise BadInput(
                    what=N_("设置没有保存。"),
                    why=N_("有一项的数字不在允许的范围内:从%(least)s到%(most)s。"),
                    next_step=N_("请改正这一项后再保存;其他填写的内容还在。"),
                    least=least,
                    most=most,
                    field=name,
                )

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Settings":
        """From stored values; names of earlier versions are passed over."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})

    def to_data(self) -> dict[str, int]:
        """As stored, and as locked into a round."""
        return asdict(self)

    def consent_days(self, households: int) -> int:
        """How long consent is open by default."""
        return self.consent_days_small if households < LARGE else self.consent_days_large
