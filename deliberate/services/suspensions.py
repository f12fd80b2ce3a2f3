"""Stopping a crew under suspicion: what it delivers waits, and what it has registered is suspended and rechecked.

Nothing is overwritten (DESIGN §4, rule 6): a suspended paper is voided by a record that names it, and one that is
found genuine counts again by another. Two proven forgeries suspend everything that the crew has registered.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.consent import Channel, Deed
from deliberate.domain.errors import N_, BadInput, NotAllowed, NotFound, Refusal, Stale
from deliberate.domain.permissions import Action, Actor, account_of, may, require
from deliberate.domain.suspicion import Finding, Reach, all_of_it, reaches
from deliberate.models import (
    Consent,
    ConsentPaper,
    Crew,
    CrewSuspension,
    RollEntry,
    SuspendedConsent,
    SuspensionCheck,
)
from deliberate.queries import subjects
from deliberate.queries import suspensions as queries
from deliberate.queries.tallies import stands

from . import journal
from .answerable import entry_of, refuse_closed
from .paper_corrections import copy_paper, exhibits_of
from .papers import signing
from .recording import Draft, Recorder, record

WHY = N_("登记这份意见的小组正在核查，核实以前不计入。")
PROVEN_WHY = N_("查明有两份以上不是住户本人签的。")


class NotTrusted(Refusal):
    """A crew with proven forgeries is not trusted again."""

    default_what = N_("没有恢复这个小组。")


def suspend_crew(
    session: Session,
    actor: Actor,
    crew_id: int,
    reason: str,
    reach: Reach = Reach.NONE,
    *,
    key: bytes,
    now: datetime,
) -> CrewSuspension:
    """Whatever the crew delivers from now on waits for a person; of what counts already, so much is suspended.

    The caller holds `Lock.answers(queries.concerned(…))`. Stopped again with a wider reach, the rest follows.
    """
    crew = _crew(session, actor, crew_id)
    standing = queries.standing(session, crew_id)
    if standing is None:
        if not reason.strip():
            raise BadInput(why=N_("要写明理由。"), next_step=N_("请写一句为什么暂停这个小组。"))
        standing = _stop(session, actor, crew, reason.strip(), now=now)
    _suspend(session, actor, standing, reach, key=key, now=now)
    return standing


def widen_suspension(
    session: Session, actor: Actor, crew_id: int, reach: Reach, *, key: bytes, now: datetime
) -> None:
    """Of a crew that is stopped already, more of what counts is suspended; the caller holds the same locks."""
    _crew(session, actor, crew_id)
    standing = queries.standing(session, crew_id)
    if standing is None:
        raise Stale(why=N_("这个小组没有暂停，或者已经恢复。"), next_step=N_("请回到列表查看最新情况。"))
    _suspend(session, actor, standing, reach, key=key, now=now)


def _crew(session: Session, actor: Actor, crew_id: int) -> Crew:
    """The crew, for a moderator who has no duty in it: nobody judges their own papers (rules 8 and 14)."""
    require(actor, Action.STOP_CREW, subjects.of_crew(session, crew_id))
    return session.get_one(Crew, crew_id)


def _stop(session: Session, actor: Actor, crew: Crew, reason: str, *, now: datetime) -> CrewSuspension:
    made = CrewSuspension(
        community_id=crew.community_id, crew_id=crew.id, reason=reason, at=now, by_id=account_of(actor)
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, crew.community_id, "crew_suspended", "crew", crew.id, now=now)
    return made


def _suspend(
    session: Session, actor: Actor, standing: CrewSuspension, reach: Reach, *, key: bytes, now: datetime
) -> None:
    """Every counted paper of the crew within reach, by a voiding of its own."""
    suspended = 0
    for consent in queries.counted_papers(session, standing.crew_id):
        if not reaches(reach, consent.recorded_at, now) or not stands(session, consent):
            continue
        voiding = _void(session, actor, consent, key=key, now=now)
        session.add(
            SuspendedConsent(
                community_id=consent.community_id,
                consent_round_id=consent.consent_round_id,
                crew_suspension_id=standing.id,
                consent_id=consent.id,
                voiding_id=voiding,
                at=now,
                by_id=account_of(actor),
            )
        )
        suspended += 1
    session.flush()
    if suspended:
        what = "crew_papers_suspended"
        journal.note(
            session, actor, standing.community_id, what, "crew", standing.crew_id, now=now, n=suspended
        )


def _void(session: Session, actor: Actor, consent: Consent, *, key: bytes, now: datetime) -> int:
    """It keeps the form number, so that the household can still name the paper as replaced."""
    draft = Draft(
        Deed.VOIDING,
        None,
        Channel.PAPER,
        f"suspended-{consent.id}",
        Recorder(actor.account_id),
        frozenset({consent.id}),
        duty_id=consent.duty_id,
        visit_id=consent.visit_id,
        serial=consent.serial,
        signed_at=consent.signed_at,
        reason=WHY,
    )
    entry = session.get_one(RollEntry, consent.roll_entry_id)
    return record(session, actor, entry, draft, key=key, now=now).consent_id


def lift_suspension(session: Session, actor: Actor, crew_id: int, reason: str, *, now: datetime) -> None:
    """The crew is trusted again; what was quarantined or suspended meanwhile is still decided one by one.

    The caller holds the crew's round, as who finds a forgery does: the second is either seen here, or stops it anew.
    """
    _crew(session, actor, crew_id)
    standing = queries.standing(session, crew_id)
    if standing is None:
        raise NotFound()
    if not reason.strip():
        raise BadInput(why=N_("要写明理由。"), next_step=N_("请写一句为什么恢复这个小组。"))
    if all_of_it(queries.forgeries(session, crew_id)):
        raise NotTrusted(
            why=N_("已经查明它登记的有两份以上不是住户本人签的。"),
            next_step=N_("请安排别的小组入户，它登记过的继续逐份核实。"),
        )
    standing.lifted_at, standing.lifted_by_id = now, actor.account_id
    standing.lift_reason = reason.strip()[:200]
    journal.note(session, actor, standing.community_id, "crew_trusted_again", "crew", crew_id, now=now)
    session.flush()


def suspended_of(session: Session, suspended_id: int, community_id: int | None = None) -> SuspendedConsent:
    """One suspended paper; NotFound when it is another community's."""
    found = session.get(SuspendedConsent, suspended_id)
    if found is None or community_id not in (None, found.community_id):
        raise NotFound()
    return found


def take_case(session: Session, actor: Actor, suspended_id: int, *, now: datetime) -> None:
    """Take a suspended paper: from now on this person sees what it says, which is kept."""
    one = suspended_of(session, suspended_id)
    require(actor, Action.DECIDE_DELIVERY, queries.subject(session, one))
    _refuse_checked(session, one)
    if queries.CASES.hold_of(session, actor, suspended_id) is None:
        journal.take(session, actor, one.community_id, queries.CASES, suspended_id, now=now)


def require_holder(session: Session, actor: Actor, suspended_id: int) -> SuspendedConsent:
    """The paper, for the person who took it while nobody has decided; anybody else is refused."""
    one = suspended_of(session, suspended_id)
    require(actor, Action.DECIDE_DELIVERY, queries.subject(session, one))
    _refuse_checked(session, one)
    if queries.CASES.hold_of(session, actor, suspended_id) is None:
        raise NotAllowed(
            what=N_("没有打开这一份意见表。"),
            why=N_("这一份不在您手里。"),
            next_step=N_("请回到列表，先点“由我来核实”。"),
        )
    return one


def recheck(
    session: Session,
    actor: Actor,
    suspended_id: int,
    finding: Finding,
    reason: str,
    *,
    key: bytes,
    now: datetime,
) -> SuspensionCheck:
    """What the household said. Genuine, the paper counts again; else it does not (forged, see `forgery_proven`)."""
    one = suspended_of(session, suspended_id)
    require(actor, Action.DECIDE_DELIVERY, queries.subject(session, one))
    _refuse_enabler(session, actor, one, finding)
    _refuse_checked(session, one)
    _entry, consent_round = entry_of(session, session.get_one(Consent, one.consent_id).roll_entry_id)
    refuse_closed(consent_round)
    if not reason.strip():
        raise BadInput(why=N_("要写明理由。"), next_step=N_("请写一句是怎样核实的。"))
    made = SuspensionCheck(
        community_id=one.community_id,
        suspended_consent_id=one.id,
        finding=finding,
        reason=reason.strip(),
        at=now,
        by_id=account_of(actor),
    )
    session.add(made)
    session.flush()
    what = f"suspended_paper_{finding}"
    journal.note(session, actor, one.community_id, what, "suspended_consent", one.id, now=now)
    if finding is Finding.GENUINE:
        _reinstate(session, actor, one, made.reason, key=key, now=now)
    if finding is Finding.FORGED:
        crew_id = session.get_one(CrewSuspension, one.crew_suspension_id).crew_id
        forgery_proven(session, actor, crew_id, key=key, now=now)
    return made


def _refuse_enabler(session: Session, actor: Actor, one: SuspendedConsent, finding: Finding) -> None:
    """Who could have made the paper in another's name finds it neither genuine nor forged (rule 8).

    That nobody could be asked they may say: it counts for nothing, and the round can be closed where they are alone.
    """
    if finding is Finding.UNREACHED or may(actor, Action.DECIDE_DELIVERY, queries.judging(session, one)):
        return
    raise NotAllowed(
        what=N_("没有保存核实结果。"),
        why=N_("登记这份意见表的平板的登记码，或者登记人账号的密码，是您给的。"),
        next_step=N_("是不是本人签的，请别的主持人核实；没有别的主持人，请系统管理员再任命一位。"),
    )


def _refuse_checked(session: Session, one: SuspendedConsent) -> None:
    if queries.check_of(session, one.id) is not None:
        raise Stale(why=N_("这一份已经核实过了。"), next_step=N_("请回到列表处理下一份。"))


def _reinstate(
    session: Session, actor: Actor, one: SuspendedConsent, reason: str, *, key: bytes, now: datetime
) -> None:
    """A record of its own, with the signer and the evidence; unless the household has said something since."""
    genuine, paper = session.get_one(Consent, one.consent_id), session.get_one(ConsentPaper, one.consent_id)
    if not stands(session, session.get_one(Consent, one.voiding_id)):
        return
    shown = exhibits_of(session, genuine.id)
    draft = Draft(
        Deed.CORRECTION,
        genuine.answer,
        Channel.PAPER,
        f"rechecked-{one.id}",
        Recorder(actor.account_id),
        frozenset({one.voiding_id}),
        duty_id=genuine.duty_id,
        visit_id=genuine.visit_id,
        serial=genuine.serial,
        signed_at=genuine.signed_at,
        reason=reason,
        signing=signing(paper.signer_name, paper.relation, paper.canvassers, shown),
    )
    entry = session.get_one(RollEntry, genuine.roll_entry_id)
    receipt = record(session, actor, entry, draft, key=key, now=now)
    copy_paper(session, paper, receipt.consent_id, shown, now)


def forgery_proven(session: Session, actor: Actor, crew_id: int, *, key: bytes, now: datetime) -> None:
    """With the second, the crew is stopped and everything that it has registered is suspended.

    The caller holds `Lock.answers(queries.concerned(…))` of the crew.
    """
    if not all_of_it(queries.forgeries(session, crew_id)):
        return
    crew = session.get_one(Crew, crew_id)
    standing = queries.standing(session, crew_id) or _stop(session, actor, crew, PROVEN_WHY, now=now)
    _suspend(session, actor, standing, Reach.ALL, key=key, now=now)
