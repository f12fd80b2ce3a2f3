"""The outcome: computed from the consents when the objection period is over, never typed (DESIGN §3)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, Refusal
from deliberate.domain.lifecycle import Condition, Stage, Step, take
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.rules import Outcome
from deliberate.models import ConsentRound, CountSheet, OutcomeRecord
from deliberate.queries import counts, objections

from . import counting, journal, ledger_events, sheets, spot_checks
from .rounds import round_of
from .steps import proposal_of, take_step

STEPS: Mapping[Outcome, tuple[Step, Condition]] = {
    Outcome.ADOPTED: (Step.ADOPT, Condition.RULES_PASSED),
    Outcome.REJECTED: (Step.REJECT, Condition.APPROVAL_FAILED),
    Outcome.NO_VALID_DECISION: (Step.LEAVE_UNDECIDED, Condition.GATE_FAILED),
}


class NotConcluded(Refusal):
    """The result is not final yet."""

    default_what = N_("还不能确定最终结果。")


def conclude(session: Session, actor: Actor, round_id: int, *, now: datetime) -> OutcomeRecord:
    """Compute the outcome anew, write it down, take the step and publish it; again, it is the same record."""
    consent_round = round_of(session, round_id)
    require(actor, Action.CONCLUDE, Subject(consent_round.community_id))
    if existing := counts.outcome_of(session, round_id):
        return existing
    proposal = proposal_of(session, consent_round.proposal_id)
    known = facts(session, consent_round, now=now)
    sheet = counts.latest(session, round_id)
    if sheet is None or proposal.stage is not Stage.OBJECTION:
        raise NotConcluded(
            why=N_("初步结果还没有公示。"), next_step=N_("请先由监票人在意见统计表上签名，再公示结果。")
        )
    outcome = Outcome(sheets.recount(session, consent_round)["outcome"])
    step, proved = STEPS[outcome]
    _refuse_outdated(session, consent_round, sheet)
    take(proposal.stage, step, known | {proved})
    made = OutcomeRecord(
        community_id=consent_round.community_id,
        consent_round_id=round_id,
        proposal_id=proposal.id,
        count_sheet_id=sheet.id,
        outcome=outcome,
        tests=sheet.figures["tests"],
        at=now,
        by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    ledger_events.outcome_computed(session, consent_round, made)
    take_step(session, actor, proposal, step, known | {proved}, now=now)
    counting.announce(session, actor, consent_round, NoticeKind.FINAL, None, now=now)
    journal.tell(
        session,
        proposal.author_id,
        proposal.community_id,
        f"matter_{outcome}",
        now=now,
        proposal_id=proposal.id,
        number=proposal.number,
        title=proposal.title,
    )
    return made


def facts(session: Session, consent_round: ConsentRound, *, now: datetime) -> set[Condition]:
    """What holds of the objection period and the spot check now."""
    known: set[Condition] = set()
    until = counts.objection_until(session, consent_round.id)
    if until is not None and now >= until:
        known.add(Condition.OBJECTION_PERIOD_OVER)
    if objections.numbers(session, consent_round.id).open == 0:
        known.add(Condition.OBJECTIONS_ANSWERED)
    if spot_checks.proven(session, counts.latest(session, consent_round.id)):
        known.add(Condition.SPOT_CHECKED)
    return known


def _refuse_outdated(session: Session, consent_round: ConsentRound, sheet: CountSheet) -> None:
    """The sheet in force must say what the consents say, and bear the scrutineer's signature."""
    if not sheets.holds(session, consent_round, sheet):
        raise NotConcluded(
            why=N_("有意见经复核作废，现在的统计表已经过时。"),
            next_step=N_("请先更正统计表，由监票人重新签名。"),
        )
    if not counts.is_signed(session, sheet):
        raise NotConcluded(why=N_("更正后的统计表还没有由监票人签名。"), next_step=N_("请监票人登录签名。"))
