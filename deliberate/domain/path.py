"""Where a stage lies on the path that people are shown, and the groups by which they look for matters."""

from collections.abc import Mapping
from enum import StrEnum

from .lifecycle import Stage


class Group(StrEnum):
    """Stages that a reader takes for one."""

    SCREENING = "screening"
    DISCUSSING = "discussing"
    PLAN = "plan"
    CONSENT = "consent"
    RESULT = "result"
    EXECUTING = "executing"
    ENDED = "ended"


GROUPS: Mapping[Group, frozenset[Stage]] = {
    Group.SCREENING: frozenset({Stage.SUBMITTED}),
    Group.DISCUSSING: frozenset({Stage.ACCEPTED, Stage.DISCUSSING}),
    Group.PLAN: frozenset({Stage.PLAN_FIXED}),
    Group.CONSENT: frozenset({Stage.CONSENT_OPEN, Stage.COUNTING}),
    Group.RESULT: frozenset({Stage.OBJECTION, Stage.ADOPTED}),
    Group.EXECUTING: frozenset({Stage.EXECUTING, Stage.COMPLETED, Stage.EVALUATED}),
    Group.ENDED: frozenset(
        {
            Stage.REJECTED,
            Stage.NO_VALID_DECISION,
            Stage.DECLINED,
            Stage.MERGED,
            Stage.WITHDRAWN,
            Stage.ARCHIVED,
            Stage.TERMINATED,
        }
    ),
}

PLACE: Mapping[Stage, int] = {
    Stage.DRAFT: 1,
    Stage.SUBMITTED: 1,
    Stage.RETURNED: 1,
    Stage.DECLINED: 1,
    Stage.MERGED: 1,
    Stage.WITHDRAWN: 1,
    Stage.ACCEPTED: 1,
    Stage.DISCUSSING: 2,
    Stage.PLAN_FIXED: 3,
    Stage.CONSENT_OPEN: 4,
    Stage.COUNTING: 4,
    Stage.OBJECTION: 5,
    Stage.ADOPTED: 5,
    Stage.REJECTED: 5,
    Stage.NO_VALID_DECISION: 5,
    Stage.EXECUTING: 6,
    Stage.TERMINATED: 6,
    Stage.COMPLETED: 7,
    Stage.EVALUATED: 7,
    Stage.ARCHIVED: 7,
}
"""Which of the seven steps shown to people (提出 … 评议) a stage belongs to."""

STOPPED = frozenset(
    {
        Stage.DECLINED,
        Stage.MERGED,
        Stage.WITHDRAWN,
        Stage.REJECTED,
        Stage.NO_VALID_DECISION,
        Stage.TERMINATED,
    }
)
"""Stages in which a matter does not go on by itself."""
