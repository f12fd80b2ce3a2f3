"""The six steps from the end of answering to execution: which is due, and what is still missing before it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _
from flask_babel import ngettext

from deliberate.domain.consent import Window
from deliberate.domain.lifecycle import Stage
from deliberate.domain.round import RUNNING, DutyKind, RoundStatus
from deliberate.domain.rules import Outcome
from deliberate.queries import counts, objections, spot_checks, suspensions
from deliberate.services import answerable, forms, sheets

from ..access import current_actor
from ..languages import moment
from ..store import now, reader

State = Literal["done", "now", "todo"]
BEFORE_THE_GATE = (Stage.OBJECTION, Stage.ADOPTED, Stage.REJECTED, Stage.NO_VALID_DECISION)


@dataclass(frozen=True, slots=True)
class Steps:
    """Where a round stands. `missing` says, step by step, what has to come first."""

    now: int
    """1 close, 2 sign, 3 show, 4 objections, 5 conclude, 6 execution, 7 all done."""
    missing: dict[int, list[str]]
    contradictions: int
    unchecked: int
    """Suspended papers that nobody has asked about."""
    outdated: bool
    """The consents no longer say what the sheet in force says."""
    on_duty: bool
    objections: objections.Numbers
    check: spot_checks.Published | None

    def state(self, step: int) -> State:
        """Whether a step is done, due or to come."""
        if step < self.now:
            return "done"
        return "now" if step == self.now else "todo"

    def ready(self, step: int) -> bool:
        """Whether the button of the step works now."""
        return step == self.now and not self.missing.get(step)


def steps_of(one: counts.Counting) -> Steps:
    """All that the page of a counting needs to know."""
    session, last = reader(), one.last
    outdated = last is not None and one.outcome is None and not sheets.holds(session, one.round, last.sheet)
    numbers = objections.numbers(session, one.round.id)
    duty = counts.duty_of(session, one.round.id, current_actor().account_id, DutyKind.MODERATOR)
    return Steps(
        now=_due(one, numbers),
        missing={
            1: list(_before_closing(one, duty is not None)),
            3: list(_before_showing(one, outdated)),
            5: list(_before_concluding(one, numbers, outdated)),
        },
        unchecked=suspensions.unchecked(session, one.round.id),
        contradictions=counts.contradictions(session, one.round.id),
        outdated=outdated,
        on_duty=duty is not None,
        objections=numbers,
        check=spot_checks.published(session, one.round.id),
    )


def _due(one: counts.Counting, numbers: objections.Numbers) -> int:
    if one.round.status is not RoundStatus.CLOSED or one.last is None:
        return 1
    if one.objection_until is None:
        return 3 if one.last.signed else 2
    if one.outcome is None:
        over = now() >= one.objection_until
        return 5 if over and numbers.open == 0 else 4
    waiting = one.outcome.outcome is Outcome.ADOPTED and one.proposal.stage is Stage.ADOPTED
    return 6 if waiting else 7


def _before_closing(one: counts.Counting, on_duty: bool) -> Iterable[str]:
    if one.round.status not in RUNNING:
        return
    if not on_duty:
        yield _("要由这一轮安排的主持人来办。")
    waiting = counts.unanswered(reader(), one.round)
    clocks = answerable.clocks_of(one.round)
    if waiting and clocks.window(now()) is not Window.OVER:
        yield ngettext(
            "还有 %(n)s 户没有反馈或者待核实；%(time)s 以后才能结束，每一户都反馈了可以提前。",
            "还有 %(n)s 户没有反馈或者待核实；%(time)s 以后才能结束，每一户都反馈了可以提前。",
            waiting,
            n=waiting,
            time=moment(clocks.settle_until),
        )
    for crew in forms.balance(reader(), one.round.id):
        if crew.missing:
            yield _("%(crew)s还有 %(n)s 张意见表没有对上。", crew=crew.crew.name, n=crew.missing)
    if unchecked := suspensions.unchecked(reader(), one.round.id):
        yield ngettext(
            "还有 %(n)s 份先不计入的意见表没有核实。",
            "还有 %(n)s 份先不计入的意见表没有核实。",
            unchecked,
            n=unchecked,
        )


def _before_showing(one: counts.Counting, outdated: bool) -> Iterable[str]:
    if outdated and one.objection_until is None:
        yield _("有意见经复核作废，要先更正统计表。")


def _before_concluding(one: counts.Counting, numbers: objections.Numbers, outdated: bool) -> Iterable[str]:
    if one.objection_until is None or one.outcome is not None:
        return
    if now() < one.objection_until:
        yield _("异议期到 %(time)s 结束。", time=moment(one.objection_until))
    if numbers.open:
        yield ngettext(
            "还有 %(n)s 件异议没有答复。", "还有 %(n)s 件异议没有答复。", numbers.open, n=numbers.open
        )
    if outdated:
        yield _("有意见经复核作废，要先更正统计表。")
    elif one.last is not None and not one.last.signed:
        yield _("更正后的统计表还要由监票人签名。")
    if one.last is not None and spot_checks.proven(reader(), one.last.sheet.id) is None:
        yield _("抽查回访还没有确认现在的统计表，请监票人在“监票”页办理。")
