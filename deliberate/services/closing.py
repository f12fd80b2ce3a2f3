"""Closing a round: the moderator on duty ends it, once, and the first count sheet is made (DESIGN §3)."""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.consent import Window
from deliberate.domain.errors import N_
from deliberate.domain.permissions import Action, Actor, require
from deliberate.domain.round import DutyKind, RoundStatus
from deliberate.models import ConsentRound, CountSheet
from deliberate.queries import counts, ledger_leaves, subjects, suspensions

from . import clockwork, forms, journal, ledger_batches, ledger_events, sheets
from .answerable import clocks_of
from .rounds import RoundNotReady, round_of


def close_round(session: Session, actor: Actor, round_id: int, *, now: datetime) -> CountSheet:
    """End the round for good and make its count sheet; unsettled contradictions stay uncounted.

    Closing again changes nothing and gives the sheet in force.
    """
    consent_round = round_of(session, round_id)
    require(actor, Action.CLOSE_ROUND, subjects.of_round(session, round_id, duty=DutyKind.MODERATOR))
    made = counts.latest(session, round_id)
    if consent_round.status is RoundStatus.CLOSED and made is not None:
        return made
    if consent_round.status is RoundStatus.OPEN:
        clockwork.start_counting(session, round_id, actor=actor, now=now)
    if consent_round.status is not RoundStatus.COUNTING:
        raise RoundNotReady(
            what=N_("不能结束统计。"),
            why=N_("这一轮征求意见还没有开始，或者已经取消。"),
            next_step=N_("请刷新页面查看进行到哪一步。"),
        )
    refuse_early(session, consent_round, now)
    forms.refuse_unbalanced(session, round_id)
    refuse_unchecked(session, round_id)
    refuse_unproved(session, round_id)
    consent_round.status = RoundStatus.CLOSED
    consent_round.closed_at, consent_round.closed_by_id = now, actor.account_id
    session.flush()
    journal.note(
        session, actor, consent_round.community_id, "round_closed", "consent_round", round_id, now=now
    )
    ledger_events.round_closed(session, consent_round, actor.account_id, now=now)
    sheet = sheets.make_sheet(session, actor, consent_round, now=now)
    ledger_batches.place(session, consent_round.community_id, now=now)
    return sheet


def refuse_early(session: Session, consent_round: ConsentRound, now: datetime) -> None:
    """Before the last clock has run, only when every household has answered and none contradicts itself."""
    if clocks_of(consent_round).window(now) is Window.OVER:
        return
    if waiting := counts.unanswered(session, consent_round):
        raise RoundNotReady(
            what=N_("还不能结束统计。"),
            why=N_("登记纸质意见和核实不一致意见的时间还没有到，还有%(waiting)s户没有反馈或者待核实。"),
            next_step=N_("请等这段时间结束；每一户都反馈了就可以提前结束。"),
            waiting=waiting,
        )


def refuse_unchecked(session: Session, round_id: int) -> None:
    """What was suspended with its crew is asked about first: after closing nothing could count it again."""
    waiting = suspensions.unchecked(session, round_id)
    if waiting:
        raise RoundNotReady(
            what=N_("还不能结束统计。"),
            why=N_("还有%(waiting)s份先不计入的意见表没有核实，结束以后就不能再计入。"),
            next_step=N_(
                "请在“核查小组登记的意见表”里逐份核实；问不到本人的，也写明怎样问过。您参与过登记或者住在那一户的，请另一位主持人核实。"
            ),
            waiting=waiting,
        )


def refuse_unproved(session: Session, round_id: int) -> None:
    """Every record of the round has its leaf in the ledger; one without came past the software."""
    missing = ledger_leaves.consents_without_leaf(session, round_id)
    if missing:
        raise RoundNotReady(
            what=N_("不能结束统计。"),
            why=N_("有%(missing)s份意见没有存证记录，可能不是按程序登记的。"),
            next_step=N_("请不要公布结果，马上联系系统管理员核查。"),
            missing=missing,
        )
