"""Contradictions and objections as cases: one person takes one, and only that person sees what it holds.

Of an objection this is so while its round is not closed (rules 8 and 11).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.consent import Standing
from deliberate.domain.errors import N_, NotAllowed, NotFound, Stale
from deliberate.domain.permissions import Action, Actor, Role, require
from deliberate.domain.round import RoundStatus
from deliberate.models import Consent, ConsentRound, EntryStanding, Evidence, Objection
from deliberate.queries import contradictions, objections, subjects, suspensions

from . import journal
from .answerable import NotNow, entry_of, refuse_closed


def take_case(session: Session, actor: Actor, entry_id: int, *, now: datetime) -> None:
    """Take the case of a household in contradiction: from now on this person sees it, which is kept."""
    entry, consent_round = entry_of(session, entry_id)
    require(actor, Action.SETTLE, subjects.of_case(session, entry_id))
    refuse_closed(consent_round)
    kept = session.get(EntryStanding, entry_id)
    if kept is None or kept.standing is not Standing.CONTRADICTION:
        raise NotNow(
            what=N_("没有打开这一户。"),
            why=N_("这一户的意见已经一致，或者已经核实过了。"),
            next_step=N_("请返回列表处理下一户。"),
        )
    if not contradictions.holds(session, actor, entry_id):
        journal.take(session, actor, entry.community_id, contradictions.CASES, entry_id, now=now)


def require_holder(session: Session, actor: Actor, entry_id: int) -> None:
    """Refuse whoever did not take the case of this household; closed, there is nothing to settle."""
    _, consent_round = entry_of(session, entry_id)
    require(actor, Action.SETTLE, subjects.of_case(session, entry_id))
    refuse_closed(consent_round)
    if not contradictions.holds(session, actor, entry_id):
        raise NotAllowed(
            what=N_("没有打开这一户。"),
            why=N_("这一户不在您手里，或者已经核实过了。"),
            next_step=N_("请回到列表，先点“由我来核实”。"),
        )


def take_objection(session: Session, actor: Actor, objection_id: int, *, now: datetime) -> None:
    """Take the recheck of an objection: until the round is closed this person alone sees it, which is kept."""
    objection = session.get(Objection, objection_id, populate_existing=True)
    if objection is None:
        raise NotFound()
    require(actor, Action.HANDLE_OBJECTION, objections.subject(session, objection))
    if objection.decided_at is not None:
        raise Stale(what=N_("没有打开这件异议。"), why=N_("这件异议已经由其他人答复了。"))
    if not objections.laid_open(session, actor, objection):
        journal.take(session, actor, objection.community_id, objections.CASES, objection_id, now=now)


def require_objection(session: Session, actor: Actor, objection_id: int) -> None:
    """Refuse whoever did not take the recheck of this objection, while its round is not closed."""
    objection = session.get(Objection, objection_id)
    if objection is None:
        raise NotFound()
    require(actor, Action.HANDLE_OBJECTION, objections.subject(session, objection))
    if not objections.laid_open(session, actor, objection):
        raise NotAllowed(
            what=N_("没有打开这件异议。"),
            why=N_("征求意见还没有结束，这件异议不在您手里。"),
            next_step=N_("请先点“由我来核实”。"),
        )


def evidence_for(session: Session, actor: Actor, community_id: int, evidence_id: int) -> Evidence:
    """A piece of evidence, for who may see it now.

    While answering goes on only the person who settles the household's contradiction, rechecks its objection or that
    suspended paper; a scrutineer from the start of counting; a moderator after closing (rule 11).
    """
    exhibit = session.get(Evidence, evidence_id)
    if exhibit is None or exhibit.community_id != community_id:
        raise NotFound()
    consent = session.get_one(Consent, exhibit.consent_id)
    require(actor, Action.SEE_EVIDENCE, subjects.of_entry(session, consent.roll_entry_id))
    consent_round = session.get_one(ConsentRound, consent.consent_round_id)
    if consent_round.status is RoundStatus.CLOSED or (
        consent_round.status is RoundStatus.COUNTING and actor.has(Role.SCRUTINEER, community_id)
    ):
        return exhibit
    if not _rechecks(session, actor, consent):
        require_holder(session, actor, consent.roll_entry_id)
    return exhibit


def _rechecks(session: Session, actor: Actor, consent: Consent) -> bool:
    """Whether this person holds an objection of the household, or the recheck of that very paper."""
    entry_id = consent.roll_entry_id
    return objections.held_entry(session, actor, entry_id) or suspensions.held_paper(
        session, actor, consent.id
    )
