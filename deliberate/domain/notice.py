"""Kinds of public notices (公示), in the order of the path."""

from enum import StrEnum


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
