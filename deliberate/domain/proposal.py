"""What a proposal is about, and how long its text may be."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .calendar import day_in_beijing, working_days_after
from .errors import N_, BadInput
from .scope import WHOLE, Scope


class Category(StrEnum):
    """What a matter concerns."""

    FUNDS = "funds"
    FACILITIES = "facilities"
    PARKING = "parking"
    FEES = "fees"
    ENVIRONMENT = "environment"
    OTHER = "other"


LONGEST_TITLE = 60
LONGEST_BODY = 8000
LONGEST_REASON = 2000
LONGEST_REMARK = 2000
DEAREST = 100_000_000_00
"""A hundred million yuan, in fen: more is a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text as its author gives it; budget in fen. Title and body are trimmed."""

    title: str
    body: str
    category: Category = Category.OTHER
    budget: int = 0
    scope: Scope = WHOLE

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", text_of(self.title, LONGEST_TITLE, "title", one_line=True))
        object.__setattr__(self, "body", text_of(self.body, LONGEST_BODY, "body"))
        if not 0 <= self.budget <= DEAREST:
            raise BadInput(why=N_("预算要在0到1亿元之间。"), field="budget")


def text_of(text: str, longest: int, field: str, *, one_line: bool = False) -> str:
    """The text trimmed; BadInput when it is empty or too long."""
    text = " ".join(text.split()) if one_line else text.replace("\r\n", "\n").strip()
    if not text or "\x00" in text:
        raise BadInput(why=N_("有一项没有填写，或者有认不出来的字符。"), field=field)
    if len(text) > longest:
        raise BadInput(
            why=N_("文字太长：最多%(longest)s个字，您写了%(length)s个字。"),
            next_step=N_("请删短一些再提交；您填写的文字还在。"),
            longest=longest,
            length=len(text),
            field=field,
        )
    return text


def screening_due(submitted_at: datetime, days: int) -> date:
    """The last day on which a moderator answers a submitted proposal: so many working days later."""
    return working_days_after(day_in_beijing(submitted_at), days)
