"""From the count sheet to the public result: signed, shown for objection, amended after a recheck."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing, end_of
from deliberate.domain.count import same_count
from deliberate.domain.errors import N_, BadInput, NotFound, Refusal, Stale
from deliberate.domain.lifecycle import Condition, Stage, Step
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.round import DutyKind, RoundStatus, SheetRole
from deliberate.models import Community, ConsentRound, CountSheet, Notice, PlanVersion, Proposal
from deliberate.queries import counts, subjects

from . import notices, sheets, spot_checks
from .rounds import RoundNotReady, round_of, settings_of
from .steps import proposal_of, take_step


class NotSigned(Refusal):
    """A signature that may not be given."""

    default_what = N_("没有签名。")


def sign_sheet(session: Session, actor: Actor, sheet_id: int, sha256: str, *, now: datetime) -> CountSheet:
    """The scrutineer on duty signs the sheet in force, by the hash of what was on the screen."""
    sheet = session.get(CountSheet, sheet_id)
    if sheet is None:
        raise NotFound()
    consent_round = round_of(session, sheet.consent_round_id)
    require(actor, Action.SIGN_COUNT, subjects.of_round(session, consent_round.id, duty=DutyKind.SCRUTINEER))
    if consent_round.closed_by_id == actor.account_id:
        raise NotSigned(why=N_("结束统计的人不能再做监票人签名。"), next_step=N_("请另一位监票人来签名。"))
    last = counts.latest(session, consent_round.id)
    if last is None or last.id != sheet.id or sheet.sha256 != sha256:
        raise Stale(what=N_("没有签名。"))
    if counts.is_signed(session, sheet):
        return sheet
    if not sheets.holds(session, consent_round, sheet):
        raise NotSigned(
            why=N_("按原始意见重新统计，和这张表不一致。"),
            next_step=N_("请主持人先更正统计表，再由您签名。"),
        )
    sheets.sign(session, actor, sheet, SheetRole.SCRUTINEER, now=now)
    spot_checks.carry_over(session, actor, sheet, now=now)
    proposal = proposal_of(session, consent_round.proposal_id)
    if sheet.n > 1 and proposal.stage is Stage.OBJECTION:
        until = counts.objection_until(session, consent_round.id)
        announce(session, actor, consent_round, NoticeKind.AMENDMENT, until, now=now)
    return sheet


def show_result(session: Session, actor: Actor, round_id: int, *, now: datetime) -> Notice:
    """Show the preliminary result for objection, which is what the consents say now; shown again, the same notice."""
    consent_round = round_of(session, round_id)
    require(actor, Action.RUN_ROUND, Subject(consent_round.community_id))
    if already := _shown(session, round_id):
        return already
    proposal = proposal_of(session, consent_round.proposal_id)
    sheet = counts.latest(session, round_id)
    signed = (
        consent_round.status is RoundStatus.CLOSED and sheet is not None and counts.is_signed(session, sheet)
    )
    if signed and sheet is not None and not sheets.holds(session, consent_round, sheet):
        raise RoundNotReady(
            why=N_("有意见经复核作废，现在的统计表已经过时。"),
            next_step=N_("请先更正统计表，由监票人重新签名。"),
        )
    take_step(
        session, actor, proposal, Step.SHOW_RESULT, {Condition.COUNT_SIGNED} if signed else set(), now=now
    )
    until = objection_end(now, settings_of(consent_round).objection_days)
    return announce(session, actor, consent_round, NoticeKind.PRELIMINARY, until, now=now)


def objection_end(now: datetime, days: int) -> datetime:
    """24:00 of the last day on which households may object; at once when the community set no days."""
    return end_of(date.fromordinal(day_in_beijing(now).toordinal() + days)) if days else now


def _shown(session: Session, round_id: int) -> Notice | None:
    return session.scalars(
        select(Notice).where(Notice.consent_round_id == round_id, Notice.kind == NoticeKind.PRELIMINARY)
    ).first()


def amend_sheet(session: Session, actor: Actor, round_id: int, reason: str, *, now: datetime) -> CountSheet:
    """A further sheet with its reason, after a recheck changed what counts; it is signed anew."""
    consent_round = round_of(session, round_id)
    require(actor, Action.CLOSE_ROUND, subjects.of_round(session, round_id, duty=DutyKind.MODERATOR))
    last = counts.latest(session, round_id)
    if last is None or counts.outcome_of(session, round_id) is not None:
        raise RoundNotReady(
            what=N_("没有更正统计表。"),
            why=N_("还没有统计表，或者结果已经确定。"),
            next_step=N_("结果确定以后不再更正；请刷新页面查看进行到哪一步。"),
        )
    if same_count(last.figures, sheets.recount(session, consent_round)):
        raise RoundNotReady(
            what=N_("没有更正统计表。"),
            why=N_("按原始意见重新统计，和现在的统计表完全一致，不用更正。"),
            next_step=N_("请直接进行下一步。"),
        )
    if not reason.strip():
        raise BadInput(
            what=N_("没有更正统计表。"),
            why=N_("更正要写明原因。"),
            next_step=N_("请写明是哪一类复核引起的更正，不要写姓名和房号。"),
            field="reason",
        )
    return sheets.make_sheet(session, actor, consent_round, reason.strip(), now=now)


def announce(
    session: Session,
    actor: Actor,
    consent_round: ConsentRound,
    kind: NoticeKind,
    until: datetime | None,
    *,
    now: datetime,
) -> Notice:
    """Publish the figures of the sheet in force, in the order in which such notices are read."""
    sheet = counts.latest(session, consent_round.id)
    if sheet is None:
        raise RoundNotReady()
    return notices.publish(
        session,
        actor,
        consent_round.community_id,
        kind,
        now=now,
        proposal_id=consent_round.proposal_id,
        consent_round_id=consent_round.id,
        until=until,
        **result_data(session, consent_round, sheet),
        objection_until=_iso(until),
    )


def result_data(session: Session, consent_round: ConsentRound, sheet: CountSheet) -> dict[str, object]:
    """What a notice of a result prints (title, matter, scope, times, by whom; figures; conclusion)."""
    proposal = session.get_one(Proposal, consent_round.proposal_id)
    plan = session.get_one(PlanVersion, consent_round.plan_version_id)
    community = session.get_one(Community, consent_round.community_id)
    return {
        "title": proposal.title,
        "number": proposal.number,
        "round": consent_round.n,
        "plan": plan.n,
        "plan_sha256": consent_round.plan_sha256,
        "scope": consent_round.scope,
        "opened_at": _iso(consent_round.opened_at),
        "answer_until": _iso(consent_round.answer_until),
        "by": community.name,
        "telephone": community.telephone,
        "sheet": sheet.n,
        "sheet_sha256": sheet.sha256,
        "figures": sheet.figures,
        "reason": sheet.reason,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
