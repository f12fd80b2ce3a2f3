"""The spot check (抽查回访): planned before the dice, judged once. Between: `spot_draws` and `revisits`."""

from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from deliberate.domain import spot_check as rules
from deliberate.domain.count import canonical
from deliberate.domain.errors import N_, Refusal
from deliberate.domain.permissions import Action, Actor, account_of, require
from deliberate.domain.round import DutyKind, RoundStatus
from deliberate.domain.rules import LOWEST, Electorate, Outcome, threshold
from deliberate.domain.spot_check import CheckKind, CheckResult
from deliberate.models import (
    ConsentRound,
    CountSheet,
    SpotCheck,
    SpotVerdict,
)
from deliberate.queries import counts, spot_checks, spot_samples, subjects
from deliberate.queries.tallies import recount

from . import full_rechecks, journal, ledger, sheets
from .rounds import round_of, rules_of, settings_of


class NotChecked(Refusal):
    """A step of the spot check that may not be taken now."""

    default_what = N_("抽查回访没有进行这一步。")


def plan(session: Session, actor: Actor, round_id: int, *, allowed: int = 0, now: datetime) -> SpotCheck:
    """Fix sample and differences allowed for the signed sheet in force; planned again, it is the same plan.

    Where the sample would be more than half, the full recheck begins at once.
    """
    consent_round = by_scrutineer(session, actor, round_id)
    last = spot_checks.latest(session, round_id)
    sheet = signed_sheet(session, consent_round)
    if last is not None and (
        last.count_sheet_id == sheet.id
        or spot_checks.draw_of(session, round_id)
        or spot_checks.recheck_of(session, round_id)
    ):
        return last
    made = _planned(session, actor, consent_round, sheet, allowed, now)
    session.add(made)
    session.flush()
    note_step(session, actor, made, "spot_check_planned", "plan", _plan_data(made), now=now)
    if made.kind is CheckKind.FULL:
        full_rechecks.begin(session, actor, made, now=now)
    return made


def signed_sheet(session: Session, consent_round: ConsentRound) -> CountSheet:
    """The sheet in force, signed and equal to a recount now: nothing else is checked."""
    sheet = counts.latest(session, consent_round.id)
    if (
        consent_round.status is not RoundStatus.CLOSED
        or sheet is None
        or not counts.is_signed(session, sheet)
        or not sheets.holds(session, consent_round, sheet)
    ):
        raise NotChecked(
            why=N_("现在的意见统计表还没有由监票人签名，或者已经过时。"),
            next_step=N_("请先把统计表更正、签名，再继续抽查。"),
        )
    if counts.outcome_of(session, consent_round.id) is not None:
        raise NotChecked(why=N_("最终结果已经确定。"), next_step=N_("请查看结果公告。"))
    return sheet


def by_scrutineer(session: Session, actor: Actor, round_id: int) -> ConsentRound:
    """The round, for its scrutineer alone."""
    consent_round = round_of(session, round_id)
    require(actor, Action.SPOT_CHECK, subjects.of_round(session, round_id, duty=DutyKind.SCRUTINEER))
    return consent_round


def _planned(
    session: Session,
    actor: Actor,
    consent_round: ConsentRound,
    sheet: CountSheet,
    allowed: int,
    now: datetime,
) -> SpotCheck:
    limit = settings_of(consent_round).spot_check_risk
    planned = plan_of(session, consent_round, sheet, allowed)
    risk = planned.risk * 10000
    return SpotCheck(
        community_id=consent_round.community_id,
        consent_round_id=consent_round.id,
        count_sheet_id=sheet.id,
        kind=planned.kind,
        frame=planned.frame,
        wrong=planned.wrong,
        allowed=planned.allowed,
        sample=planned.sample,
        enough=planned.enough,
        risk_limit=limit,
        risk=-(-risk.numerator // risk.denominator),
        at=now,
        by_id=account_of(actor),
    )


def plan_of(session: Session, consent_round: ConsentRound, sheet: CountSheet, allowed: int) -> rules.Plan:
    """What a check of this sheet would ask, with so many differences allowed."""
    tally = recount(session, consent_round.id)[Electorate.HOUSEHOLD]
    return rules.plan(
        tally.roll.one,
        tally.agree.one,
        threshold(rules_of(consent_round)) or LOWEST,
        Outcome(sheet.figures["outcome"]),
        allowed=allowed,
        limit=Fraction(settings_of(consent_round).spot_check_risk, 100),
    )


def _plan_data(check: SpotCheck) -> dict[str, object]:
    names = ("frame", "wrong", "allowed", "sample", "enough", "risk_limit", "risk")
    return {"kind": check.kind.value, **{name: getattr(check, name) for name in names}}


def note_step(
    session: Session,
    actor: Actor,
    check: SpotCheck,
    what: str,
    step: str,
    data: dict[str, object],
    *,
    now: datetime,
) -> None:
    """In the journal, and as a leaf of the ledger: of homes only their slots."""
    round_id = check.consent_round_id
    journal.note(session, actor, check.community_id, what, "consent_round", round_id, now=now)
    values = {"step": step, "data": canonical(data).decode()}
    ledger.append(session, check.community_id, "check", values, now=now, round_id=round_id)


def conclude_check(session: Session, actor: Actor, round_id: int, *, now: datetime) -> SpotVerdict:
    """Judge the sample once all of it is settled: confirmed, or everything is rechecked. Again, it is the same."""
    consent_round = by_scrutineer(session, actor, round_id)
    check = spot_checks.latest(session, round_id)
    if check is None or spot_checks.draw_of(session, round_id) is None:
        raise NotChecked(why=N_("还没有抽取。"), next_step=N_("请先看抽查页上的下一步。"))
    if given := spot_checks.verdicts(session, round_id):
        return given[-1]
    return _judge(session, actor, check, signed_sheet(session, consent_round), now=now)


def _judge(
    session: Session, actor: Actor, check: SpotCheck, sheet: CountSheet, *, now: datetime
) -> SpotVerdict:
    drawn = spot_samples.drawn(session, sheet.consent_round_id)
    found = [it for _one, it in spot_samples.found(session, check, drawn)]
    result, wrong = rules.verdict(check.kind, check.allowed, found)
    if Outcome(sheet.figures["outcome"]) is not _CHECKED[check.kind]:
        result = CheckResult.RECHECK_NEEDED
    made = SpotVerdict(
        community_id=check.community_id,
        consent_round_id=check.consent_round_id,
        spot_check_id=check.id,
        count_sheet_id=sheet.id,
        result=result,
        reached=sum(it.said is not None for it in found),
        differences=wrong,
        at=now,
        by_id=account_of(actor),
    )
    session.add(made)
    session.flush()
    data: dict[str, object] = {"sheet": sheet.n, "result": result.value, "differences": wrong}
    note_step(
        session, actor, check, "spot_check_concluded", "verdict", {**data, "reached": made.reached}, now=now
    )
    if result is CheckResult.RECHECK_NEEDED:
        full_rechecks.begin(session, actor, check, now=now)
    return made


_CHECKED = {CheckKind.CONSENTS: Outcome.ADOPTED, CheckKind.NON_CONSENTS: Outcome.REJECTED}
"""The outcome that a sample of this kind speaks for."""


def carry_over(session: Session, actor: Actor, sheet: CountSheet, *, now: datetime) -> None:
    """An amended sheet was signed: what was proved is judged anew for it.

    A consent of the sample that was voided since counts as wrong, so that nobody mends the sample alone.
    """
    given = spot_checks.verdicts(session, sheet.consent_round_id)
    if not given:
        return
    last = given[-1]
    if last.result is CheckResult.CONFIRMED:
        _judge(session, actor, session.get_one(SpotCheck, last.spot_check_id), sheet, now=now)
    elif last.result is CheckResult.RECHECKED:
        full_rechecks.stand_behind(session, actor, sheet, now=now)


def proven(session: Session, sheet: CountSheet | None) -> bool:
    """Whether a spot check confirmed this sheet, or a full recheck stands behind it."""
    return sheet is not None and spot_checks.proven(session, sheet.id) is not None
