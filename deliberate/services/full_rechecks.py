"""The full recheck (全面复核): every form laid beside its record by another person, every household told.

It begins where a sample would be more than half, or where a sample failed, and it always comes to an end: what
a form shows otherwise is put right by a record of its own, the sheet is amended and signed anew.
"""

from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing, end_of
from deliberate.domain.count import canonical
from deliberate.domain.errors import N_, Refusal
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, account_of, require
from deliberate.domain.round import DutyKind
from deliberate.domain.spot_check import CheckKind, CheckResult
from deliberate.models import (
    ConsentRound,
    CountSheet,
    FullRecheck,
    InboxMessage,
    Membership,
    Proposal,
    RollEntry,
    SpotCheck,
    SpotVerdict,
)
from deliberate.queries import counts, form_checks, spot_checks, subjects

from . import journal, ledger, notices, sheets
from .rounds import round_of, settings_of


class NotRechecked(Refusal):
    """A step of a full recheck that may not be taken now."""

    default_what = N_("全面复核没有进行这一步。")


def begin(session: Session, actor: Actor, check: SpotCheck, *, now: datetime) -> FullRecheck:
    """Post it, tell every household to look at its own record, and open the stack of forms; begun once."""
    if already := spot_checks.recheck_of(session, check.consent_round_id):
        return already
    consent_round = round_of(session, check.consent_round_id)
    proposal = session.get_one(Proposal, consent_round.proposal_id)
    until = _until(consent_round, now)
    notice = notices.publish(
        session,
        actor,
        consent_round.community_id,
        NoticeKind.RECHECK,
        now=now,
        proposal_id=proposal.id,
        consent_round_id=consent_round.id,
        until=until,
        title=proposal.title,
        number=proposal.number,
        round=consent_round.n,
        failed=check.kind is not CheckKind.FULL,
        look_until=until.isoformat(),
    )
    made = FullRecheck(
        community_id=check.community_id,
        consent_round_id=consent_round.id,
        spot_check_id=check.id,
        notice_id=notice.id,
        at=now,
        by_id=account_of(actor),
    )
    session.add(made)
    session.flush()
    _tell_everybody(session, consent_round, proposal, now=now)
    _leaf(session, made, "recheck", {"failed": check.kind is not CheckKind.FULL}, now=now)
    return made


def _until(consent_round: ConsentRound, now: datetime) -> datetime:
    """24:00 of the last day on which households are asked to look."""
    days = settings_of(consent_round).recheck_days
    return end_of(date.fromordinal(day_in_beijing(now).toordinal() + days))


def _tell_everybody(
    session: Session, consent_round: ConsentRound, proposal: Proposal, *, now: datetime
) -> None:
    """A message to every account of every household on the roll; the others read the notice at their door."""
    accounts = session.scalars(
        select(Membership.account_id)
        .join(RollEntry, RollEntry.household_id == Membership.household_id)
        .where(RollEntry.consent_round_id == consent_round.id, Membership.ended_at.is_(None))
        .distinct()
        .order_by(Membership.account_id)
    ).all()
    if accounts:
        session.execute(
            insert(InboxMessage),
            [
                {
                    "community_id": consent_round.community_id,
                    "account_id": account_id,
                    "proposal_id": proposal.id,
                    "kind": "full_recheck",
                    "data": {"number": proposal.number, "title": proposal.title},
                    "at": now,
                }
                for account_id in accounts
            ],
        )


def _leaf(
    session: Session, recheck: FullRecheck, step: str, data: dict[str, object], *, now: datetime
) -> None:
    values = {"step": step, "data": canonical(data).decode()}
    round_id = recheck.consent_round_id
    ledger.append(session, recheck.community_id, "check", values, now=now, round_id=round_id)


def finish(session: Session, actor: Actor, round_id: int, *, now: datetime) -> SpotVerdict:
    """The stack is through and the sheet in force, signed, says so; finished again, it is the same verdict."""
    consent_round = round_of(session, round_id)
    require(actor, Action.SPOT_CHECK, subjects.of_round(session, round_id, duty=DutyKind.SCRUTINEER))
    sheet = counts.latest(session, round_id)
    if sheet is None or spot_checks.recheck_of(session, round_id) is None:
        raise NotRechecked(why=N_("这一轮没有在全面复核。"), next_step=N_("请先看抽查页上的下一步。"))
    if given := spot_checks.proven(session, sheet.id):
        return given
    waiting = form_checks.progress(session, round_id).waiting
    if waiting:
        raise NotRechecked(
            why=N_("还有%(waiting)s张意见表没有核对。"),
            next_step=N_("请由没有登记过它们的人逐张核对。"),
            waiting=waiting,
        )
    if unlike := form_checks.unlike(session, round_id):
        raise NotRechecked(
            why=N_("有%(unlike)s份记录与核对时看到的意见表不一致，还没有改正。"),
            next_step=N_("请不要再改动这一轮，并请系统管理员检查。"),
            unlike=unlike,
        )
    if not sheets.holds(session, consent_round, sheet) or not counts.is_signed(session, sheet):
        raise NotRechecked(
            why=N_("复核改动了记录，统计表还没有更正，或者更正后还没有签名。"),
            next_step=N_("请主持人更正统计表，由监票人重新签名，再来结束复核。"),
        )
    return stand_behind(session, actor, sheet, now=now)


def stand_behind(session: Session, actor: Actor, sheet: CountSheet, *, now: datetime) -> SpotVerdict:
    """The verdict for this signed sheet: everything was rechecked."""
    recheck = spot_checks.recheck_of(session, sheet.consent_round_id)
    if recheck is None:
        raise NotRechecked()
    done = form_checks.progress(session, sheet.consent_round_id)
    made = SpotVerdict(
        community_id=sheet.community_id,
        consent_round_id=sheet.consent_round_id,
        spot_check_id=recheck.spot_check_id,
        count_sheet_id=sheet.id,
        result=CheckResult.RECHECKED,
        reached=done.checked,
        differences=done.differing,
        at=now,
        by_id=account_of(actor),
    )
    session.add(made)
    session.flush()
    journal.note(
        session,
        actor,
        sheet.community_id,
        "full_recheck_finished",
        "consent_round",
        sheet.consent_round_id,
        now=now,
    )
    data: dict[str, object] = {"sheet": sheet.n, "forms": done.checked, "differing": done.differing}
    _leaf(session, recheck, "rechecked", data, now=now)
    return made
