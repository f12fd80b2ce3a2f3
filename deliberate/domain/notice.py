"""Kinds of public notices (公示), in the order of the path; and how long one is shown."""

from datetime import datetime, timedelta
from enum import StrEnum

from .calendar import day_in_beijing


class NoticeKind(StrEnum):
    """What a notice announces."""

    MEETING = "meeting"
    PLAN = "plan"
    LEFT_OUT = "left_out"
    INVITATION = "invitation"
    EXTENSION = "extension"
    PRELIMINARY = "preliminary"
    RECHECK = "recheck"
    AMENDMENT = "amendment"
    FINAL = "final"
    PROGRESS = "progress"
    COMPLETION = "completion"
    EVALUATION = "evaluation"
    TERMINATION = "termination"


def counted_until(published_at: datetime, until: datetime, first_posted_at: datetime | None) -> datetime:
    """When the period of a notice is over: it counts from posting, so a late poster moves it by whole days.

    A notice that hung on the day of its publication, or was published online alone, moves nothing.
    """
    if first_posted_at is None:
        return until
    late = day_in_beijing(first_posted_at) - day_in_beijing(published_at)
    return until + max(late, timedelta(0))
