"""The path of a proposal (DESIGN §3): one table, and whatever is not in it is refused.

`TABLE` maps (stage, step) to the stage that follows and the conditions that must hold. Who may take a step
stands in `permissions.TABLE`, under the action named by `Step`. Conditions are facts which a service has
gathered; `take` only judges.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from .errors import N_, WrongStage


class Stage(StrEnum):
    """Where a matter stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    DECLINED = "declined"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    DISCUSSING = "discussing"
    PLAN_FIXED = "plan_fixed"
    CONSENT_OPEN = "consent_open"
    COUNTING = "counting"
    OBJECTION = "objection"
    ADOPTED = "adopted"
    REJECTED = "rejected"
    NO_VALID_DECISION = "no_valid_decision"
    EXECUTING = "executing"
    COMPLETED = "completed"
    EVALUATED = "evaluated"
    ARCHIVED = "archived"
    TERMINATED = "terminated"


class Step(StrEnum):
    """What moves a matter on."""

    SUBMIT = "submit"
    ACCEPT = "accept"
    RETURN = "return"
    DECLINE = "decline"
    MERGE = "merge"
    WITHDRAW = "withdraw"
    OPEN_DISCUSSION = "open_discussion"
    NEXT_ROUND = "next_round"
    FIX_PLAN = "fix_plan"
    REVISE_PLAN = "revise_plan"
    OPEN_CONSENT = "open_consent"
    START_COUNTING = "start_counting"
    SHOW_RESULT = "show_result"
    ADOPT = "adopt"
    REJECT = "reject"
    LEAVE_UNDECIDED = "leave_undecided"
    START_EXECUTION = "start_execution"
    COMPLETE = "complete"
    EVALUATE = "evaluate"
    ARCHIVE = "archive"
    TERMINATE = "terminate"


class Condition(StrEnum):
    """What must hold before a step; each has its sentence in `UNMET`."""

    REASON = "reason"
    SECONDED = "seconded"
    OTHER_MATTER = "other_matter"
    SUMMARY = "summary"
    NOTICE_RUN = "notice_run"
    ROLL_CERTIFIED = "roll_certified"
    CREW_SEPARATE = "crew_separate"
    ANSWERING_OVER = "answering_over"
    COUNT_SIGNED = "count_signed"
    OBJECTION_PERIOD_OVER = "objection_period_over"
    OBJECTIONS_ANSWERED = "objections_answered"
    SPOT_CHECKED = "spot_checked"
    RULES_PASSED = "rules_passed"
    APPROVAL_FAILED = "approval_failed"
    GATE_FAILED = "gate_failed"
    ACCOUNTS_SHOWN = "accounts_shown"
    EVALUATION_OVER = "evaluation_over"


UNMET: Mapping[Condition, str] = {
    Condition.REASON: N_("这一步要写明理由。"),
    Condition.SECONDED: N_("联名的住户还不够。"),
    Condition.OTHER_MATTER: N_("要先选定并入哪一个议题。"),
    Condition.SUMMARY: N_("本轮议事还没有由主持人写下小结并结束。"),
    Condition.NOTICE_RUN: N_("方案公示的天数还没有满。"),
    Condition.ROLL_CERTIFIED: N_("住户名册还没有由户册管理员和监票人两人核定，或者名册是空的。"),
    Condition.CREW_SEPARATE: N_("主持人、监票人和入户人员还没有分别安排好。"),
    Condition.ANSWERING_OVER: N_("征求意见还没有截止，也不是每一户都已反馈。"),
    Condition.COUNT_SIGNED: N_("意见统计表还没有由监票人签名。"),
    Condition.OBJECTION_PERIOD_OVER: N_("结果公示和异议期还没有结束。"),
    Condition.OBJECTIONS_ANSWERED: N_("还有异议没有复核答复。"),
    Condition.SPOT_CHECKED: N_("抽查回访还没有确认现在的统计表。"),
    Condition.RULES_PASSED: N_("按原始意见重新统计，没有达到全部规则的要求。"),
    Condition.APPROVAL_FAILED: N_("重新统计的结果不是“未通过”。"),
    Condition.GATE_FAILED: N_("重新统计的结果不是“未形成有效决定”。"),
    Condition.ACCOUNTS_SHOWN: N_("账目还没有公示，或者还有任务没有完成。"),
    Condition.EVALUATION_OVER: N_("住户评议还没有结束。"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """A permitted step: where it leads and what must hold."""

    to: Stage
    must: frozenset[Condition] = frozenset()


def _move(to: Stage, *must: Condition) -> Move:
    return Move(to, frozenset(must))


_REASON = Condition.REASON

TABLE: Mapping[tuple[Stage, Step], Move] = {
    (Stage.DRAFT, Step.SUBMIT): _move(Stage.SUBMITTED),
    (Stage.RETURNED, Step.SUBMIT): _move(Stage.SUBMITTED),
    (Stage.SUBMITTED, Step.ACCEPT): _move(Stage.ACCEPTED, Condition.SECONDED),
    (Stage.SUBMITTED, Step.RETURN): _move(Stage.RETURNED, _REASON),
    (Stage.SUBMITTED, Step.DECLINE): _move(Stage.DECLINED, _REASON),
    (Stage.SUBMITTED, Step.MERGE): _move(Stage.MERGED, _REASON, Condition.OTHER_MATTER),
    (Stage.ACCEPTED, Step.MERGE): _move(Stage.MERGED, _REASON, Condition.OTHER_MATTER),
    (Stage.DRAFT, Step.WITHDRAW): _move(Stage.WITHDRAWN),
    (Stage.SUBMITTED, Step.WITHDRAW): _move(Stage.WITHDRAWN),
    (Stage.RETURNED, Step.WITHDRAW): _move(Stage.WITHDRAWN),
    (Stage.ACCEPTED, Step.WITHDRAW): _move(Stage.WITHDRAWN),
    (Stage.DISCUSSING, Step.WITHDRAW): _move(Stage.WITHDRAWN),
    (Stage.PLAN_FIXED, Step.WITHDRAW): _move(Stage.WITHDRAWN),
    (Stage.ACCEPTED, Step.OPEN_DISCUSSION): _move(Stage.DISCUSSING),
    (Stage.REJECTED, Step.OPEN_DISCUSSION): _move(Stage.DISCUSSING, _REASON),
    (Stage.NO_VALID_DECISION, Step.OPEN_DISCUSSION): _move(Stage.DISCUSSING, _REASON),
    (Stage.DISCUSSING, Step.NEXT_ROUND): _move(Stage.DISCUSSING, Condition.SUMMARY),
    (Stage.DISCUSSING, Step.FIX_PLAN): _move(Stage.PLAN_FIXED, Condition.SUMMARY),
    (Stage.PLAN_FIXED, Step.REVISE_PLAN): _move(Stage.DISCUSSING, _REASON),
    (Stage.PLAN_FIXED, Step.OPEN_CONSENT): _move(
        Stage.CONSENT_OPEN, Condition.NOTICE_RUN, Condition.ROLL_CERTIFIED, Condition.CREW_SEPARATE
    ),
    (Stage.CONSENT_OPEN, Step.START_COUNTING): _move(Stage.COUNTING, Condition.ANSWERING_OVER),
    (Stage.COUNTING, Step.SHOW_RESULT): _move(Stage.OBJECTION, Condition.COUNT_SIGNED),
    (Stage.OBJECTION, Step.ADOPT): _move(
        Stage.ADOPTED,
        Condition.OBJECTION_PERIOD_OVER,
        Condition.OBJECTIONS_ANSWERED,
        Condition.SPOT_CHECKED,
        Condition.RULES_PASSED,
    ),
    (Stage.OBJECTION, Step.REJECT): _move(
        Stage.REJECTED,
        Condition.OBJECTION_PERIOD_OVER,
        Condition.OBJECTIONS_ANSWERED,
        Condition.SPOT_CHECKED,
        Condition.APPROVAL_FAILED,
    ),
    (Stage.OBJECTION, Step.LEAVE_UNDECIDED): _move(
        Stage.NO_VALID_DECISION,
        Condition.OBJECTION_PERIOD_OVER,
        Condition.OBJECTIONS_ANSWERED,
        Condition.SPOT_CHECKED,
        Condition.GATE_FAILED,
    ),
    (Stage.ADOPTED, Step.START_EXECUTION): _move(Stage.EXECUTING, Condition.RULES_PASSED),
    (Stage.EXECUTING, Step.COMPLETE): _move(Stage.COMPLETED, Condition.ACCOUNTS_SHOWN),
    (Stage.COMPLETED, Step.EVALUATE): _move(Stage.EVALUATED, Condition.EVALUATION_OVER),
    (Stage.EVALUATED, Step.ARCHIVE): _move(Stage.ARCHIVED),
    (Stage.ADOPTED, Step.TERMINATE): _move(Stage.TERMINATED, _REASON),
    (Stage.EXECUTING, Step.TERMINATE): _move(Stage.TERMINATED, _REASON),
}

BEFORE_CONSENT = frozenset(
    {
        Stage.DRAFT,
        Stage.SUBMITTED,
        Stage.RETURNED,
        Stage.ACCEPTED,
        Stage.DISCUSSING,
        Stage.PLAN_FIXED,
    }
)
"""Stages in which the author may still withdraw."""

HIDDEN_FROM_PUBLIC = frozenset({Stage.DRAFT, Stage.RETURNED})
"""Stages in which only the author and the moderators see the matter."""


def steps_from(stage: Stage) -> frozenset[Step]:
    """The steps that the table knows for `stage`, whatever their conditions."""
    return frozenset(step for at, step in TABLE if at is stage)


def unmet(stage: Stage, step: Step, facts: Set[Condition]) -> frozenset[Condition]:
    """Conditions of the step that `facts` does not hold; WrongStage when the table has no such step."""
    move = TABLE.get((stage, step))
    if move is None:
        raise WrongStage()
    return move.must - facts


def take(stage: Stage, step: Step, facts: Set[Condition] = frozenset()) -> Stage:
    """The stage after `step`; refused when it is not in the table or a condition does not hold."""
    missing = unmet(stage, step, facts)
    if missing:
        raise WrongStage(why=UNMET[min(missing)], next_step=N_("请先办好这一项，再进行下一步。"))
    return TABLE[stage, step].to
