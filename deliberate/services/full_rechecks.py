"""The full recheck (全面复核): every form laid beside its record by another person, every household told.

It begins where a sample would be more than half, or where a sample failed, and it always comes to an end: what
a form shows otherwise is put right by a record of its own, the sheet is amended and signed anew.
"""

from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing, end_of
from deliberate.domain.consent import Answer, Channel, Deed, Standing, standing
from deliberate.domain.count import canonical
from deliberate.domain.errors import N_, NotFound, Refusal, Stale
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, account_of, require
from deliberate.domain.round import DutyKind
from deliberate.domain.spot_check import CheckKind, CheckResult, FormShows
from deliberate.domain.words import word
from deliberate.models import (
    Consent,
    ConsentPaper,
    ConsentRound,
    CountSheet,
    FormCheck,
    FullRecheck,
    InboxMessage,
    Membership,
    Proposal,
    RollEntry,
    SpotCheck,
    SpotVerdict,
)
from deliberate.queries import counts, form_checks, spot_checks, subjects
from deliberate.queries.tallies import records_of_entry, stands

from . import journal, ledger, notices, sheets
from .ledger_events import ONLINE
from .paper_corrections import copy_paper, exhibits_of
from .papers import signing
from .recording import Draft, Recorder, record
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


def check_form(
    session: Session, actor: Actor, consent_id: int, shows: FormShows, *, key: bytes, now: datetime
) -> FormCheck:
    """What the form itself shows. Shown otherwise than recorded, the record is put right or voided at once."""
    consent = session.get(Consent, consent_id)
    if consent is None:
        raise NotFound()
    already = form_checks.check_of(session, consent_id)
    if already is not None and (already.shows, already.by_id) == (shows, actor.account_id):
        return already
    require(actor, Action.CHECK_FORM, subjects.of_entry(session, consent.roll_entry_id))
    if already is not None:
        raise Stale(what=N_("没有保存。"), why=N_("这张意见表已经有人核对过了。"))
    _refuse_outside(session, consent)
    made = FormCheck(
        community_id=consent.community_id,
        consent_round_id=consent.consent_round_id,
        consent_id=consent_id,
        shows=shows,
        at=now,
        by_id=account_of(actor),
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, consent.community_id, "form_checked", "consent", consent_id, now=now)
    if shows is FormShows.MISSING or consent.answer is not Answer(shows.value):
        _put_right(session, actor, consent, shows, key=key, now=now)
    return made


def _refuse_outside(session: Session, consent: Consent) -> None:
    if (
        spot_checks.recheck_of(session, consent.consent_round_id) is None
        or counts.outcome_of(session, consent.consent_round_id) is not None
        or consent.channel is not Channel.PAPER
        or consent.deed not in form_checks.FORMS
        or not stands(session, consent)
    ):
        raise NotRechecked(
            what=N_("没有保存。"),
            why=N_("现在不在全面复核，或者这张意见表已经不计入。"),
            next_step=N_("请回到复核页，看下一张。"),
        )


def _put_right(
    session: Session, actor: Actor, consent: Consent, shows: FormShows, *, key: bytes, now: datetime
) -> None:
    """A correction to what the form shows; without a form a voiding, but of no side of a contradiction."""
    entry = session.get_one(RollEntry, consent.roll_entry_id)
    missing = shows is FormShows.MISSING
    paper = session.get_one(ConsentPaper, consent.id)
    shown = exhibits_of(session, consent.id)
    if missing and standing(records_of_entry(session, entry.id)) is Standing.CONTRADICTION:
        return
    draft = Draft(
        Deed.VOIDING if missing else Deed.CORRECTION,
        None if missing else Answer(shows.value),
        Channel.PAPER,
        f"form-check-{consent.id}",
        Recorder(actor.account_id),
        frozenset({consent.id}),
        visit_id=consent.visit_id,
        serial=None if missing else consent.serial,
        signed_at=None if missing else consent.signed_at,
        reason=word(CheckKind.FULL),
        signing=ONLINE if missing else signing(paper.signer_name, paper.relation, paper.canvassers, shown),
    )
    receipt = record(session, actor, entry, draft, key=key, now=now)
    if not missing:
        copy_paper(session, paper, receipt.consent_id, shown, now)


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
